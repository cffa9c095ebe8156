//! One session, with a mark before each phase, for `cargo xtask syscalls` to trace.
//!
//! `syscalls setup DIR FILES DIRECTORIES` publishes two sessions with this many files and this many
//! sub-directories of one file; `syscalls run DIR` runs the session that is traced, and
//! `syscalls recycle DIR` one that is made out of the spare, or that `syscalls warm DIR` has filled before.
use std::error::Error;

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{SeedMode, Unit, begin, publish, warm};
use incrdir_sim::fixture::{create, name};
use incrdir_sim::usual::{options, policy, recycling};
use incrdir_vfs::{CapVfs, Vfs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let unit = UnitName::new("unit", 1)?;
    let options = match arguments.first() {
        Some(what) if what == "recycle" || what == "warm" => recycling(),
        _ => options(SeedMode::Link),
    };
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["setup", dir, files, directories] => {
            let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
            let session = begin(&vfs, &root, &unit, &options)?;
            for number in 0..files.parse::<u32>()? {
                drop(create(&vfs, session.dir(), &name(number))?);
            }
            for number in 0..directories.parse::<u32>()? {
                let below = name(format!("dir-{number}"));
                vfs.create_dir(session.dir(), &below)?;
                drop(create(&vfs, &vfs.open_dir(session.dir(), &below)?, &name("file"))?);
            }
            publish(session, Hash::new(0))?;
        }
        ["warm", dir] => {
            let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
            warm(&vfs, &root, &unit, &options)?;
        }
        ["run" | "recycle", dir] => {
            let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
            eprintln!("MARK begin");
            let session = begin(&vfs, &root, &unit, &options)?;
            eprintln!("MARK publish");
            publish(session, Hash::new(0))?;
            eprintln!("MARK collect");
            let opened = Unit::open(&vfs, &root, &unit)?.ok_or("the unit is gone")?;
            let report = collect(&opened, &policy(2), Mode::Collect)?;
            drop(opened);
            eprintln!("MARK end");
            assert_eq!(report.removed(), 0, "there was nothing to collect");
        }
        _ => {
            return Err(
                "usage: syscalls setup DIR FILES DIRECTORIES | syscalls run|recycle|warm DIR"
                    .into(),
            );
        }
    }
    Ok(())
}
