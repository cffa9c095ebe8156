//! `incrdir restore`: publishes an older session anew, as the newest.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::{ValueEnum, ValueHint};
use incrdir_naming::{SessionName, State};
use incrdir_record::{Kind, Whole};
use incrdir_session::{
    BeginOptions, Durability, Inspection, Scrutiny, SeedMode, Unrecorded, abandon, begin,
    inspect_held, publish, read_with_list,
};

use crate::failure::INTERRUPTED;
use crate::failure::{Failure, chain};
use crate::output;
use crate::peek::{Peeked, peek};
use crate::session_path::{self, Meant};
use crate::signals::stop_on_interrupt;
use crate::words;

const HELP: &str = "\
Begins a session from this one and from no other, and publishes it: what begins next starts from it. Nothing is deleted or changed; the session is checked like any that is started from, and \
its lock is held meanwhile. Durability and digests are those that it was published with. A session is given as for `incrdir show`.

Later runs and collections keep the newest sessions, and may delete the one that was restored from.

Exit status: 0, 1 if it could not be restored, 2 for a usage error, 130 if interrupted.

Example: incrdir restore ~/.cache/mytool/project-0l5si3gacvbvl s-hojk

See also crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct RestoreArgs {
    /// The directory of a published session; with SESSION a unit or a root
    #[arg(value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// The name of a session, or the beginning of it
    session: Option<String>,
    /// How to take over its files [default: by links if it was made by links itself, otherwise auto]
    #[arg(long, value_enum)]
    seed: Option<How>,
    /// Also if it has no record of its files, such as rustc's
    #[arg(long)]
    accept_unrecorded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// Clone, or copy what cannot be cloned
    Auto,
    /// Hard links: only for programs that replace files and never write into them
    Link,
    /// Copy
    Copy,
}

pub(crate) fn restore(args: &RestoreArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let meant = session_path::find(&args.path, args.session.as_deref())?.stopped_by(&stop);
    let path = meant.path();
    let Some(session) = meant.published() else {
        return Err(format!(
            "cannot restore `{}`: it is not published; `incrdir show` tells what it is",
            path.display()
        )
        .into());
    };
    let State::Published(hash) = session.state else { return Ok(ExitCode::FAILURE) };
    if meant.unit.list()?.published().next() == Some(session) {
        output::print_lines(&[format!("{session} is the newest session already")])?;
        return Ok(ExitCode::SUCCESS);
    }
    let Terms { durability, digests, seed } = terms(&meant, session)?;
    let unrecorded = if args.accept_unrecorded { Unrecorded::Accept } else { Unrecorded::Refuse };
    let options = BeginOptions::new(concat!("incrdir ", env!("CARGO_PKG_VERSION")))
        .seed(args.seed.map_or(seed, SeedMode::from))
        .durability(durability)
        .digests(digests)
        .unrecorded(unrecorded)
        .only(session);
    let begun = begin(&meant.place.vfs, &meant.place.root, meant.unit.name(), &options);
    if stop.load(Ordering::Relaxed) {
        if let Ok(begun) = begun {
            let _ = abandon(begun);
        }
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let working = begun?;
    let seeded = words::seeded(&working.report().seeded);
    let published = match publish(working, hash) {
        // Dropping it abandons it.
        Err(_) if stop.load(Ordering::Relaxed) => return Ok(ExitCode::from(INTERRUPTED)),
        published => published?,
    };
    let superseded = match published.superseded_by {
        Some(newer) => format!("; it is superseded by the newer {newer}, published meanwhile"),
        None => String::new(),
    };
    output::print_lines(&[format!(
        "restored {session} as {} ({seeded}){superseded}",
        published.name
    )])?;
    Ok(ExitCode::SUCCESS)
}

/// How the session was made.
#[derive(Default)]
struct Terms {
    durability: Durability,
    digests: bool,
    seed: SeedMode,
}

fn terms(meant: &Meant, session: SessionName) -> Result<Terms, Failure> {
    let Peeked { lock, .. } = peek(&meant.unit, meant.entry, meant.has_lock)?;
    let Some(lock) = lock else { return Ok(Terms::default()) };
    let Whole { record, list, .. } = read_with_list(&lock)?;
    // Whoever begins from the newest session trusts its record as long as it is the directory that was published. Of an older one
    // nobody knows what was written through links since.
    let found = inspect_held(&meant.unit, session, &lock, Scrutiny::Attributes);
    let _ = lock.release();
    if let Inspection::Distrusted(why) = found
        && why.is_damage()
    {
        return Err(format!(
            "cannot restore {session}: it is not what was published: {}; `incrdir verify --quarantine` puts it away",
            chain(&why)
        )
        .into());
    }
    let durability = record.head.map(|head| head.durability).unwrap_or_default();
    let digests = list.is_some_and(|list| {
        let mut items = (0..list.len()).map(|number| list.item(number));
        items.any(|item| item.kind() == Kind::File && item.has_digest())
    });
    // A program that was trusted with links is trusted with them again, and they take no room.
    let seed = match record.origin.map(|origin| origin.mode) {
        Some(mode @ (SeedMode::Link | SeedMode::Copy)) => mode,
        _ => SeedMode::Auto,
    };
    Ok(Terms { durability, digests, seed })
}

impl From<How> for SeedMode {
    fn from(how: How) -> Self {
        match how {
            How::Auto => Self::Auto,
            How::Link => Self::Link,
            How::Copy => Self::Copy,
        }
    }
}
