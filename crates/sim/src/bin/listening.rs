//! What it costs that everything is told to `tracing`, for `cargo xtask bench tracing`: `listening PAIRS off|info|trace` begins and
//! publishes so many sessions in memory, where no device hides it, and prints how many nanoseconds that took.
//!
//! Built with `tracing/max_level_off` there is nothing in it that could be told.

use std::error::Error;
use std::time::Instant;

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{begin, publish};
use incrdir_sim::fixture::{create, name};
use incrdir_sim::usual::{policy, recycling};
use incrdir_vfs::{MemDisk, Profile};
use tracing::level_filters::LevelFilter;

/// As many as a small crate has; each session changes one of them.
const FILES: u32 = 20;

#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the real clock")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pairs, level] = &arguments[..] else {
        return Err("usage: listening PAIRS off|info|trace".into());
    };
    let (pairs, level): (u32, LevelFilter) = (pairs.parse()?, level.parse()?);
    if level != LevelFilter::OFF {
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::sink).init();
    }
    let vfs = MemDisk::new(Profile::posix()).process();
    let (root, unit) = (vfs.root(), UnitName::new("unit", 1)?);
    let session = begin(&vfs, &root, &unit, &recycling())?;
    for number in 0..FILES {
        drop(create(&vfs, session.dir(), &name(number))?);
    }
    publish(session, Hash::new(0)).map_err(|error| error.to_string())?;
    let start = Instant::now();
    for pair in 0..pairs {
        let session = begin(&vfs, &root, &unit, &recycling())?;
        drop(create(&vfs, session.dir(), &name(pair % FILES))?);
        let published = publish(session, Hash::new(0)).map_err(|error| error.to_string())?;
        collect(&published.unit, &policy(2), Mode::Collect)?;
    }
    println!("{}", start.elapsed().as_nanos());
    Ok(())
}
