//! What the processes of a scenario do.

mod collector;
mod intruders;
mod predecessors;
mod reader;
mod recovery;
mod writer;

use std::error::Error;

use incrdir_explore::{Report, SimVfs};
use incrdir_session::{Audit, Durability, Rejected, Rejection, SeedMode, Unrecorded};
use incrdir_vfs::Vfs;

use super::model::Event;
use super::seed;
use super::unit_scenario::UnitScenario;
use crate::usual::recycling;
use collector::collects;
use intruders::{cleans, steals, vandalises};
use predecessors::{SeedEnd, rustc, seed_collects, seed_session};
use reader::reads;
pub(super) use recovery::recover;
use writer::{End, lasting, seeded_by, write};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessKind {
    /// Begins a session, changes a file, publishes.
    Writer,
    /// The same, and collects.
    WriterCollector,
    /// The same as the first, seeded by copies.
    Copier,
    /// The same as the first, by clones or else copies.
    Cloner,
    /// The same as the first, durable, with digests and an audit.
    Careful,
    /// The same as the first, consistent.
    Consistent,
    /// The same as the first, durable.
    Durable,
    /// Seeded by copies, it writes into the file that it changes.
    InPlace,
    /// Seeded by copies, it writes into the file that it changes through a shared mapping.
    Storer,
    /// Begins a session, puts a directory of its own in place of the session's, publishes.
    Replacer,
    /// Begins a session, changes a file, abandons.
    Abandoner,
    /// Collects.
    Collector,
    /// Reads, holds for a while, releases.
    Reader,
    /// A whole session of the seed's protocol, its collection included.
    SeedSession,
    /// A collection of the seed's.
    SeedCollector,
    /// A whole session of the seed's, which collects lock files too: what it would be with its defect F30 mended.
    MendedSession,
    /// A collection of it.
    MendedCollector,
    /// A session of the seed's whose program fails: it deletes its directory and finishes all the same.
    SeedFailure,
    /// A session of the seed's whose program writes into the file that it changes.
    SeedInPlace,
    /// A session of rustc's, without a collection: it makes and locks its lock file in two steps.
    Rustc,
    /// Deletes the unit with all that is in it, as `cargo clean` does: without locks.
    Cleaner,
    /// Deletes what is in the newest published session, and leaves its lock file.
    Vandal,
    /// Deletes one lock file.
    LockThief,
}

/// How many published sessions collectors keep.
pub(super) const KEEP: usize = 2;

impl ProcessKind {
    /// Does it.
    pub(super) fn run(self, vfs: &SimVfs<'_>, scenario: &UnitScenario) {
        match self {
            Self::Writer => write(vfs, scenario, &recycling(), End::Publish),
            Self::Copier => write(vfs, scenario, &seeded_by(SeedMode::Copy), End::Publish),
            Self::Cloner => write(vfs, scenario, &seeded_by(SeedMode::Auto), End::Publish),
            Self::Careful => {
                let careful =
                    recycling().durability(Durability::Durable).digests(true).audit(Audit::Digests);
                write(vfs, scenario, &careful, End::Publish);
            }
            Self::Consistent => {
                write(vfs, scenario, &lasting(Durability::Consistent), End::Publish)
            }
            Self::Durable => write(vfs, scenario, &lasting(Durability::Durable), End::Publish),
            Self::InPlace => {
                let audited = seeded_by(SeedMode::Copy).audit(Audit::Attributes);
                write(vfs, scenario, &audited, End::InPlace);
            }
            Self::Storer => write(vfs, scenario, &seeded_by(SeedMode::Copy), End::Store),
            Self::Replacer => write(vfs, scenario, &recycling(), End::Replace),
            Self::WriterCollector => {
                write(vfs, scenario, &recycling(), End::Publish);
                vfs.forget("collects");
                collects(vfs, scenario);
            }
            Self::Abandoner => write(vfs, scenario, &recycling(), End::Abandon),
            Self::Collector => collects(vfs, scenario),
            Self::Reader => reads(vfs, scenario),
            Self::Cleaner => cleans(vfs),
            Self::Vandal => vandalises(vfs),
            Self::LockThief => steals(vfs),
            Self::SeedSession => seed_session(vfs, scenario, seed::Age::AsItIs, SeedEnd::Publish),
            Self::MendedSession => seed_session(vfs, scenario, seed::Age::Mended, SeedEnd::Publish),
            Self::SeedFailure => seed_session(vfs, scenario, seed::Age::AsItIs, SeedEnd::Fail),
            Self::SeedInPlace => seed_session(vfs, scenario, seed::Age::AsItIs, SeedEnd::InPlace),
            Self::SeedCollector => seed_collects(vfs, scenario, seed::Age::AsItIs),
            Self::MendedCollector => seed_collects(vfs, scenario, seed::Age::Mended),
            Self::Rustc => rustc(vfs),
        }
    }

    /// Whether it deletes without asking.
    pub(super) fn is_intruder(self) -> bool {
        matches!(self, Self::Cleaner | Self::Vandal | Self::LockThief)
    }

    /// Whether it follows the protocol that is known to be wrong.
    pub(super) fn follows_seed(self) -> bool {
        matches!(
            self,
            Self::SeedSession
                | Self::SeedCollector
                | Self::MendedSession
                | Self::MendedCollector
                | Self::SeedFailure
                | Self::SeedInPlace
        )
    }

    /// Whether it is a collection of ours and nothing else.
    pub(super) fn only_collects(self) -> bool {
        self == Self::Collector
    }
}

/// Programs are started before anybody's turn: what is there counts from their first call on.
fn start(vfs: &SimVfs<'_>) {
    vfs.now();
    vfs.report(Event::Starts);
}

/// What somebody deleted by halves has no record to show it if its lock file went first.
fn unrecorded(scenario: &UnitScenario) -> Unrecorded {
    if scenario.has_intruders() || scenario.loses_power() {
        Unrecorded::Refuse
    } else {
        Unrecorded::Accept
    }
}

fn mark_rejected(vfs: &SimVfs<'_>, rejected: &[Rejected]) {
    for Rejected { why, .. } in rejected {
        vfs.mark(match why {
            Rejection::Busy => "source: busy",
            Rejection::Gone => "source: gone",
            Rejection::Unavailable(_) => "source: unavailable",
            Rejection::Untrusted { .. } => "source: untrusted",
            _ => "source: not taken over",
        });
    }
}

/// TYPED: an error says what was done where.
fn typed(vfs: &SimVfs<'_>, scenario: &UnitScenario, error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if !text.contains("`/") || !text.contains(": ") {
        scenario.object(vfs, "TYPED", text);
    }
}
