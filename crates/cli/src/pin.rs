//! `incrdir pin` and `incrdir unpin`: keep a session or a unit from being collected.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use incrdir_naming::EntryName;
use incrdir_session::{Pin, Pinned, Pinning, Unit, pin as set_pin, read_pin, unpin as remove_pin};
use incrdir_vfs::CapVfs;

use crate::failure::Failure;
use crate::json;
use crate::output::print_lines;
use crate::place::{self, Place};
use crate::session_path;

const PIN_HELP: &str = "\
A session that is pinned is deleted by no collector of incrdir and is never made into the next session. Of a unit that is pinned, \
neither age nor size (`gc --max-age`, `--max-size`, `--free`) makes `gc` delete the sessions that `--keep` keeps. What is pinned already \
gets the new name and the new end.

rustc's own collection does not know pins: it deletes all but the newest session of a crate whenever it compiles it.

DATE is a day (`2027-01-31`), a time (`2027-01-31T12:00:00Z`), both in UTC, or how long from now (`30days`).

Exit status: 0, 1 if it could not be done, 2 for a usage error.

Example: incrdir pin ~/.cache/mytool/project-0l5si3gacvbvl --name release --until 30days";

const UNPIN_HELP: &str = "\
Exit status: 0, 1 if there is no such pin or it could not be removed, 2 for a usage error.

Example: incrdir unpin ~/.cache/mytool --name release";

#[derive(Debug, clap::Args)]
#[command(after_help = PIN_HELP)]
pub(crate) struct PinArgs {
    /// A published session or a unit: its directory, or the beginning of a session's name, or a unit's name without its id
    path: PathBuf,
    /// A name for the pin, which `ls` shows and `unpin --name` takes
    #[arg(long, value_name = "N", default_value = "")]
    name: String,
    /// When the pin ends [default: never]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    until: Option<SystemTime>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = UNPIN_HELP)]
pub(crate) struct UnpinArgs {
    /// A session or a unit, as for `incrdir pin`; with --name also a root
    path: PathBuf,
    /// Remove all pins of this name in PATH: a root, a unit or a session
    #[arg(long, value_name = "N")]
    name: Option<String>,
}

pub(crate) fn pin(args: &PinArgs) -> Result<ExitCode, Failure> {
    let (unit, what) = target(&args.path)?;
    let says = Pin::new(&args.name, SystemTime::now()).until(args.until);
    match set_pin(&unit, what, &says)? {
        Pinning::Done => {
            let until = match args.until {
                Some(until) => format!(" until {}", humantime::format_rfc3339_seconds(until)),
                None => String::new(),
            };
            print_lines(&[format!("pinned {}{until}", args.path.display())])?;
            Ok(ExitCode::SUCCESS)
        }
        Pinning::NotThere => Err(format!(
            "cannot pin `{}`: nothing is published there; `incrdir ls -l` lists sessions",
            args.path.display()
        )
        .into()),
        Pinning::Busy => Err(format!(
            "cannot pin `{}`: it is being published or collected, or somebody writes its pin; try again",
            args.path.display()
        )
        .into()),
    }
}

pub(crate) fn unpin(args: &UnpinArgs) -> Result<ExitCode, Failure> {
    let pins = match &args.name {
        None => {
            let (unit, what) = target(&args.path)?;
            vec![(unit, what.entry())]
        }
        Some(name) => named(&place::open(&args.path, None)?, name)?,
    };
    let mut lines = Vec::new();
    for (unit, entry) in &pins {
        let of = match entry {
            EntryName::UnitPin => unit.path().display().to_string(),
            entry => format!("{} in {}", entry, unit.path().display()),
        };
        match remove_pin(unit, *entry, None)? {
            Pinning::Done => lines.push(format!("unpinned {of}")),
            Pinning::NotThere => {}
            Pinning::Busy => {
                return Err(format!("cannot unpin {of}: somebody writes the pin; try again").into());
            }
        }
    }
    print_lines(&lines)?;
    match lines.is_empty() {
        false => Ok(ExitCode::SUCCESS),
        true => Err(format!(
            "there is no such pin in `{}`; `incrdir ls` shows those there are",
            args.path.display()
        )
        .into()),
    }
}

/// All pins of this name.
fn named(place: &Place, name: &str) -> Result<Vec<(Unit<CapVfs>, EntryName)>, Failure> {
    let mut pins = Vec::new();
    let names = match &place.units {
        Some(units) => units.clone(),
        None => place::units(&place.vfs, &place.root)?.0,
    };
    for unit in names {
        let Some(unit) = Unit::open(&place.vfs, &place.root, &unit)? else { continue };
        for entry in unit.list()?.pins {
            if read_pin(&unit, entry)?.is_some_and(|pin| pin.name == name) {
                pins.push((Unit::open(&place.vfs, &place.root, unit.name())?, entry));
            }
        }
    }
    Ok(pins.into_iter().filter_map(|(unit, entry)| Some((unit?, entry))).collect())
}

/// The unit that a path leads to, and what of it is meant. The beginning of a session's name does, and the name of a unit without its id.
fn target(path: &Path) -> Result<(Unit<CapVfs>, Pinned), Failure> {
    if session_path::is_of_session(path) {
        let meant = session_path::find(path, None)?;
        let session = meant.published();
        let session = session.ok_or_else(|| {
            format!("`{}` is not published, so it cannot be pinned", meant.path().display())
        })?;
        return Ok((meant.unit, Pinned::Session(session)));
    }
    let Place { vfs, root, units, .. } = match (path.symlink_metadata(), name_of(path)) {
        (Err(_), Some((root, name))) if root.is_dir() => place::open(root, Some(name))?,
        _ => place::open(path, None)?,
    };
    let unit = match units.as_deref() {
        Some([unit]) => Unit::open(&vfs, &root, unit)?,
        Some(several) => {
            let names: Vec<_> = several.iter().map(ToString::to_string).collect();
            let (path, names) = (path.display(), names.join(", "));
            return Err(format!("`{path}` may be {names}; give one of them").into());
        }
        None => None,
    };
    let unit = unit.ok_or_else(|| {
        format!("`{}` is neither a unit nor a session; give the directory of one", path.display())
    })?;
    Ok((unit, Pinned::Unit))
}

fn name_of(path: &Path) -> Option<(&Path, &str)> {
    let parent = path.parent()?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Some((parent, path.file_name()?.to_str()?))
}

fn parse_date(text: &str) -> Result<SystemTime, String> {
    let day = humantime::parse_rfc3339(&format!("{text}T00:00:00Z"));
    let parsed = day
        .or_else(|_| humantime::parse_rfc3339_weak(text))
        .ok()
        .or_else(|| SystemTime::now().checked_add(from_now(text)?));
    match parsed {
        Some(date) if date != json::writable(date) => {
            Err("that is after the year 9999; without --until a pin has no end".into())
        }
        Some(date) if date > SystemTime::now() => Ok(date),
        Some(_) => Err("that is over already".into()),
        None => {
            Err("a date is a day such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or how \
                     long from now, such as 30days"
                .into())
        }
    }
}

fn from_now(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok()
}
