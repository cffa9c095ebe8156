//! `cargo xtask machine`: a build machine in small, whose disk is kept within bounds while builds run.
//!
//! A file system of its own, of bounded size. On it: one Rust workspace checked out as 12 work trees, each with its `target`,
//! and three roots with units of `incrdir run`, some linked and some copied. cargo builds in two of the work trees without a
//! pause, `incrdir run` works in one unit and makes new ones, readers and writers come to units that nobody has used for long,
//! something is pinned, and now and then a file that is no cache's takes most of the disk. Meanwhile `incrdir gc --recursive` runs
//! every few seconds, and after each pass all of this is checked, without asking incrdir:
//!
//! - no build and no run fails, and none prints a warning;
//! - what was there when the pass began is within `--max-size`, and the disk has the free space that `--free` asks for, or
//!   the pass says what it could not do;
//! - what is pinned is there, what was in use during the whole pass is there, and what is foreign is as it was.
//!
//! Most of the bytes are files that were allocated and never written (`fallocate`): they take their blocks, and count wherever
//! blocks are counted, but nothing has to be written to make 20 GiB.

mod census;
mod course;
mod pass;
mod planted;
mod report;
mod roots;
mod scale;
mod site;
mod trees;
mod users;

use self::course::run_course;
use self::scale::{Scale, gib};
use self::site::Site;
use super::disk::{Disk, EXT4};
use super::lab::{Lab, NotRun, root_and_binary};
use crate::shell::{Result, command, output};

/// Ten minutes and 20 GiB, unless told otherwise.
pub(crate) fn machine(options: &[&str]) -> Result {
    let (mut minutes, mut gib) = (10, 20);
    for pair in options.chunks(2) {
        match pair {
            ["--minutes", value] => minutes = value.parse()?,
            ["--gib", value] => gib = value.parse()?,
            _ => return Err(format!("machine does not know {}", pair.join(" ")).into()),
        }
    }
    if minutes == 0 || !(1..=1000).contains(&gib) {
        return Err("a minute at least, and 1 to 1000 GiB".into());
    }
    let scale = Scale::new(minutes, gib);
    let (scratch, binary) = root_and_binary()?;
    let lab = Lab::new(scratch.path(), &binary);
    match on_a_disk(&lab, scale) {
        Err(why) if why.is::<NotRun>() => {
            println!("NOT RUN: machine ({why})");
            Ok(())
        }
        done => done,
    }
}

fn on_a_disk(lab: &Lab, scale: Scale) -> Result {
    lab.need(&["git", "fallocate", "df", "du"])?;
    let disk = Disk::sized(lab, &EXT4, "disk", scale.disk_bytes >> 20)?;
    let site = Site::new(disk.at(), lab.binary(), scale)?;
    println!(
        "a disk of {}, --max-size {} --free {}%..{}%, {} minutes",
        gib(scale.disk_bytes),
        gib(scale.max_bytes),
        scale.free.0,
        scale.free.1,
        scale.minutes
    );
    let trees = trees::make(&site)?;
    let roots = roots::make(&site)?;
    let planted = planted::plant(&site, &trees, &roots)?;
    println!("before: {}", usage(&site)?);
    let told = run_course(&site, &trees, &roots, &planted)?;
    println!("after: {}", usage(&site)?);
    for line in told {
        println!("{line}");
    }
    match &site.wrong.take()[..] {
        [] => Ok(()),
        wrong => Err(format!("the machine in small:\n  {}", wrong.join("\n  ")).into()),
    }
}

/// What `du` and `df` say.
fn usage(site: &Site) -> Result<String> {
    let du = |options: &[&str]| -> Result<u64> {
        let told = output(command("du").args(options).arg(site.caches()))?;
        Ok(told.split_whitespace().next().unwrap_or_default().parse::<u64>()? << 10)
    };
    Ok(format!(
        "{} apparent, {} on the disk (du), {:.0} % of it free (df)",
        gib(du(&["-sk", "--apparent-size"])?),
        gib(du(&["-sk"])?),
        site.free_percent()?
    ))
}
