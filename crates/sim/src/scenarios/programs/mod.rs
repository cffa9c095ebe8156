//! What the processes of a scenario do.

mod collector;
mod evictor;
mod intruders;
mod pinner;
mod predecessors;
mod reader;
mod recovery;
mod shared;
mod warmer;
mod writer;

use incrdir_explore::{Report, SimVfs};
use incrdir_session::{Audit, Durability, SeedMode};

use super::process_kind::ProcessKind;
use super::seed;
use super::unit_scenario::UnitScenario;
use crate::usual::recycling;
use collector::{collects, collects_as_planned};
use evictor::{by_age, by_size, evicts};
use intruders::{cleans, steals, vandalises};
use pinner::{What, pins};
use predecessors::{SeedEnd, rustc, seed_collects, seed_session};
use reader::reads;
pub(super) use recovery::recover;
pub(super) use shared::KEEP;
use warmer::warms;
use writer::{End, lasting, pulls, restores, seeded_by, write};

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
            Self::LinkedInPlace => write(vfs, scenario, &recycling(), End::InPlace),
            Self::Storer => write(vfs, scenario, &seeded_by(SeedMode::Copy), End::Store),
            Self::Replacer => write(vfs, scenario, &recycling(), End::Replace),
            Self::WriterCollector => {
                write(vfs, scenario, &recycling(), End::Publish);
                vfs.forget("collects");
                collects_as_planned(vfs, scenario);
            }
            Self::Warmer => warms(vfs, scenario, &recycling()),
            Self::CopyWarmer => warms(vfs, scenario, &seeded_by(SeedMode::Copy)),
            Self::WarmingWriter => {
                write(vfs, scenario, &recycling(), End::Publish);
                vfs.forget("warms");
                warms(vfs, scenario, &recycling());
            }
            Self::Abandoner => write(vfs, scenario, &recycling(), End::Abandon),
            Self::Rejecter => write(vfs, scenario, &recycling(), End::Reject),
            Self::Restorer => restores(vfs, scenario),
            Self::Puller => pulls(vfs, scenario),
            Self::Collector => collects(vfs, scenario),
            Self::Evictor => evicts(vfs, scenario, by_age()),
            Self::SizeEvictor => evicts(vfs, scenario, by_size()),
            Self::Pinner => pins(vfs, scenario, What::Newest),
            Self::OldestPinner => pins(vfs, scenario, What::Oldest),
            Self::UnitPinner => pins(vfs, scenario, What::Unit),
            Self::Unpinner => pins(vfs, scenario, What::ForAWhile),
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
}
