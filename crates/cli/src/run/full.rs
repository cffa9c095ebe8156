//! What helps when the disk is full: how much is left, how much is needed, and what a collection would free.

use std::io::ErrorKind;
use std::ops::ControlFlow;

use incrdir::Cache;
use incrdir_gc::{Mode, Policy, sweep};
use incrdir_naming::UnitName;
use incrdir_session::{Retention, SeedMode, Unit, measure, vfs_name};
use incrdir_vfs::{CapDir, CapVfs, Vfs};

use crate::words::bytes;

/// Whether the disk is full: collecting may make room.
pub(super) fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Says what can be known of it. What cannot be found out, on a disk that takes nothing more, is left out.
pub(super) fn shortage(cache: &Cache, unit: &UnitName, seed: SeedMode, policy: &Policy) -> String {
    let (vfs, root) = cache.as_parts();
    let path = vfs.path(root).display();
    let mut known = vec![left(vfs, root)];
    if seed != SeedMode::None {
        known.push(needed(vfs, root, unit));
    }
    let would_free = |policy: &Policy| {
        let swept = sweep(vfs, root, policy, Mode::DryRun, &mut |_, _| ControlFlow::Continue(()));
        let units = swept.ok()?.units.into_iter();
        Some(units.filter_map(|(_, report)| Some(report.ok()?.bytes())).sum::<u64>())
    };
    let least = policy.retention(Retention::keep(std::num::NonZeroUsize::MIN));
    let with = |option: &str, policy| {
        would_free(policy)
            .map(|freed| format!("`incrdir gc {path}{option}` would free {}", bytes(freed)))
    };
    known.push(with("", policy));
    if policy.retention.keep.get() > 1 {
        known.push(with(" --keep 1", &least));
    }
    known.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn left(vfs: &CapVfs, root: &CapDir) -> Option<String> {
    let space = vfs.space(root).ok()?;
    let path = vfs.path(root).display();
    Some(match space.available_inodes {
        Some(0) => format!("no more files can be made where `{path}` is"),
        _ => format!(
            "{} are free where `{path}` is, or less by a quota",
            bytes(space.available_bytes)
        ),
    })
}

fn needed(vfs: &CapVfs, root: &CapDir, unit: &UnitName) -> Option<String> {
    let unit = Unit::open(vfs, root, unit).ok()??;
    let newest = unit.list().ok()?.published().next()?;
    let size = measure(vfs, unit.dir(), &vfs_name(newest)).ok()?;
    Some(format!("{newest}, which a session starts from, takes {}", bytes(size.bytes)))
}
