//! `incrdir diff`: what changed between two sessions.

mod compare;
mod document;
mod side;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::ValueHint;
use incrdir_record::Origin;
use incrdir_session::{Unit, read_record};

use crate::args::Format;
use crate::failure::INTERRUPTED;
use crate::failure::{Failure, chain};
use crate::output::{self, say};
use crate::peek::peek;
use crate::session_path::{self, Meant};
use crate::signals::stop_on_interrupt;
use crate::{json, screen};
use side::Side;

const SAME: u8 = 0;
const DIFFERENT: u8 = 1;
const TROUBLE: u8 = 2;

const HELP: &str = "\
Compares the lists of files in the records of the sessions. Files are read only where the lists do not tell: files of one length that were written anew, without recorded \
digests. With --no-read they are listed with `?`, as is what cannot be read. Of sessions without a record, the directories are compared. Permissions and times do not count.

A session is given as for `incrdir show`. B may also be the beginning of a name in the unit of A. Without B, A is compared with the session that it was started from, and that comes first.

Lines begin with `+` (only in B), `-` (only in A), `~` (changed) or `?` (not known).

Exit status: 0 if the sessions hold the same, 1 if not, 2 if that is not known or something failed, 130 if interrupted.

Example: incrdir diff ~/.cache/mytool/project-0l5si3gacvbvl

The JSON document is described in crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct DiffArgs {
    /// The directory of a session, or of a unit
    #[arg(value_hint = ValueHint::DirPath)]
    a: PathBuf,
    /// The other one
    #[arg(value_hint = ValueHint::DirPath)]
    b: Option<PathBuf>,
    /// Print only how much was added, removed and changed
    #[arg(long)]
    stat: bool,
    /// Read no files
    #[arg(long)]
    no_read: bool,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn diff(args: &DiffArgs) -> ExitCode {
    ExitCode::from(try_diff(args).unwrap_or_else(|failure| {
        say(chain(&*failure));
        TROUBLE
    }))
}

fn try_diff(args: &DiffArgs) -> Result<u8, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let a = session_path::find(&args.a, None)?.stopped_by(&stop);
    let (from, to) = match &args.b {
        Some(b) => {
            let b = other(&a, b)?.stopped_by(&stop);
            (a, b)
        }
        None => (source_of(&a)?.stopped_by(&stop), a),
    };
    let (from, to) = (Side::open(&from)?, Side::open(&to)?);
    let document = compare::compare(&from, &to, !args.no_read);
    drop((from, to));
    if stop.load(Ordering::Relaxed) {
        return Ok(INTERRUPTED);
    }
    match args.format {
        Format::Json => json::print(&document)?,
        Format::Table => {
            output::print_styled(&text::text(&document, args.stat, screen::width()))?;
        }
    }
    Ok(match (document.is_different(), document.unknown.is_empty()) {
        (true, _) => DIFFERENT,
        (false, true) => SAME,
        (false, false) => TROUBLE,
    })
}

/// B: a path, or the beginning of a name in the unit of A.
fn other(a: &Meant, b: &Path) -> Result<Meant, Failure> {
    let is_name = b.components().count() == 1 && b.symlink_metadata().is_err();
    match b.to_str().filter(|_| is_name) {
        Some(name) => session_path::find(a.unit.path(), Some(name)),
        None => session_path::find(b, None),
    }
}

/// What a session was started from, if it is still there.
fn source_of(meant: &Meant) -> Result<Meant, Failure> {
    let path = meant.path();
    let lock = peek(&meant.unit, meant.entry, meant.has_lock)?.lock;
    let origin = lock.as_ref().map(read_record).transpose()?.and_then(|record| record.origin);
    let Some(Origin { source: Some(source), unit, .. }) = origin else {
        return Err(format!(
            "`{}` was started from nothing, or its record does not tell; give the session to compare it with",
            path.display()
        )
        .into());
    };
    let place = &meant.place;
    let unit = unit.as_ref().unwrap_or(meant.unit.name());
    let opened = Unit::open(&place.vfs, &place.root, unit)?;
    let gone = || format!("`{}` was started from {source}, which is gone", path.display());
    let unit = opened.ok_or_else(gone)?;
    session_path::find(unit.path(), Some(&source.to_string())).map_err(|_| gone().into())
}
