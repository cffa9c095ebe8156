//! A reader that works on one published state for as long as it likes, while others publish and collect.
//!
//! `cargo run --example snapshot`

use std::error::Error;
use std::io::Read;

use incrdir::Cache;

/// Runs the example.
pub fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let cache = Cache::options().keep(1).open(dir.path().join("cache"))?;
    let unit = cache.unit("pages", "renderer 1.0")?;
    assert!(unit.read()?.is_none(), "nothing is published yet");

    publish(&unit, 1)?;
    let snapshot = unit.read()?.expect("just published");

    // Meanwhile others publish, and collect all but the newest session. The snapshot stays as it is.
    for version in 2..5 {
        publish(&unit, version)?;
    }
    let mut files = snapshot.files().collect::<Result<Vec<_>, _>>()?;
    files.sort();
    println!("{} holds {files:?}", snapshot.name());
    let mut text = String::new();
    snapshot.open("pages/index.html")?.read_to_string(&mut text)?;
    assert_eq!(text, "version 1");

    // Who reads now gets the newest one; the old one goes with the next collection after it was let go.
    assert_eq!(unit.read()?.expect("published").read("pages/index.html")?, b"version 4");
    drop(snapshot);
    assert_eq!(unit.collect()?.removed(), 1);
    Ok(())
}

fn publish(unit: &incrdir::Unit, version: u32) -> Result<(), Box<dyn Error>> {
    let mut session = unit.begin().program("renderer 1.0").start()?;
    session.write("pages/index.html", format!("version {version}"))?;
    session.write("style.css", "body {}")?;
    session.publish()?;
    Ok(())
}
