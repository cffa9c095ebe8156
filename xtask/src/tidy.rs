//! `cargo xtask tidy`: what a machine can check of the house style.

mod documents;
mod layers;
mod room;
mod sources;

use crate::shell::{Result, command, output};

pub(crate) fn tidy() -> Result {
    let files = tracked_files()?;
    let mut complaints = layers::check()?;
    complaints.extend(sources::check(&files)?);
    complaints.extend(room::check(&files)?);
    complaints.extend(documents::check(&files)?);
    for complaint in &complaints {
        println!("tidy: {complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        count => Err(format!("{count} complaints").into()),
    }
}

/// What git tracks, and what it would if it were added.
fn tracked_files() -> Result<Vec<String>> {
    let listed =
        output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    Ok(listed.lines().map(String::from).collect())
}
