//! `cargo xtask tidy`: what a machine can check of the house style.

mod circles;
mod code_names;
mod documents;
mod layers;
mod lengths;
mod modules;
mod names;
mod packages;
mod resolve;
mod room;
mod sources;
pub(crate) mod workspace;

use crate::shell::{Result, command, output};

pub(crate) fn tidy() -> Result {
    let files = tracked_files()?;
    let packages = workspace::packages()?;
    let mut complaints = layers::check(&packages);
    complaints.extend(circles::check(&packages)?);
    complaints.extend(packages::check(&packages)?);
    complaints.extend(sources::check(&files)?);
    complaints.extend(room::check(&files)?);
    complaints.extend(documents::check(&files)?);
    complaints.extend(code_names::check(&files)?);
    for complaint in &complaints {
        println!("tidy: {complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        count => Err(format!("{count} complaints").into()),
    }
}

/// What a machine can ask of the house style, for a person to answer.
pub(crate) fn questions() -> Result {
    lengths::questions(&tracked_files()?)
}

/// What git tracks, and what it would if it were added.
fn tracked_files() -> Result<Vec<String>> {
    let listed =
        output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    Ok(listed.lines().map(String::from).collect())
}
