//! The oracles: what must be so after every call of every process, and at the end.

use std::time::{Duration, SystemTime};

use incrdir_gc::{Fate, Mode, Why, collect};
use incrdir_naming::{SessionName, UnitName};
use incrdir_session::Unit;
use incrdir_vfs::sim::{Broken, Oracle};
use incrdir_vfs::{MemDisk, OpKind};

use super::ghost::{Ghost, lock_of};
use super::parts::KEEP;
use super::seed;
use crate::worlds::{name, policy};

/// When the recovery runs: 2080.
const LATE: Duration = Duration::from_secs(110 * 31_556_952);

/// Watches one run.
pub(super) struct Watch {
    pub(super) ghost: Ghost,
    pub(super) unit: UnitName,
    /// Whether somebody deletes without asking: then only what is seen must be whole.
    pub(super) is_lawless: bool,
    /// Whether something is published at the beginning, and collected by law only.
    pub(super) is_never_empty: bool,
    /// Whether calls fail.
    pub(super) has_faults: bool,
    /// Whether locks do not exclude everybody: then a session may be lost, and nothing may be silently wrong.
    pub(super) locks_lie: bool,
    /// Whether the seed's protocol is played: its own collector cleans up then, and keeps one.
    pub(super) is_seed: bool,
    /// The one oracle that is asked; `None`: all of them.
    pub(super) only: Option<&'static str>,
}

type Verdict = Result<(), Broken>;

impl Oracle for Watch {
    fn step(&mut self, _disk: &MemDisk) -> Verdict {
        self.judge()
    }

    fn end(&mut self, disk: &MemDisk, deaths: u32) -> Verdict {
        self.programs()?;
        if deaths == 0 && !self.is_lawless && !self.is_seed && !self.has_faults && !self.locks_lie {
            self.asked(self.steady())?;
        }
        self.asked(self.clean_after_one(disk))
    }

    fn memory(&self) -> u64 {
        self.ghost.memory()
    }

    fn note(&mut self, _disk: &MemDisk, last: Option<OpKind>) {
        // Nothing else publishes.
        if !matches!(last, None | Some(OpKind::Rename | OpKind::RenameNew)) {
            return;
        }
        for session in self.ghost.observer.names().iter().filter(|name| is_published(name)) {
            self.ghost.manifest(session);
        }
    }
}

impl Watch {
    /// Objections of oracles that are not asked do not count.
    fn asked(&self, verdict: Verdict) -> Verdict {
        match (verdict, self.only) {
            (Err(broken), Some(only)) if broken.oracle != only => Ok(()),
            (verdict, _) => verdict,
        }
    }

    /// What the programs themselves found wrong.
    fn programs(&self) -> Verdict {
        self.ghost.wrongs().into_iter().try_for_each(|broken| self.asked(Err(broken)))
    }

    /// All oracles of a step.
    fn judge(&self) -> Verdict {
        self.programs()?;
        let names = self.ghost.observer.names();
        let published: Vec<&String> = names.iter().filter(|name| is_published(name)).collect();
        for session in &published {
            let manifest = self.ghost.manifest(session);
            if !self.is_lawless {
                self.asked(self.immutable(session, &manifest))?;
            }
        }
        if self.is_lawless {
            return Ok(());
        }
        self.asked(self.live_sessions())?;
        if self.locks_lie {
            return Ok(());
        }
        self.asked(self.some_can_be_had(&published))?;
        self.asked(self.readers())
    }

    /// IMMUTABLE: a published session is what it was when it was published. PUB-LOCK: it keeps its lock file.
    fn immutable(&self, session: &str, manifest: &super::ghost::Manifest) -> Verdict {
        let tree = self.ghost.observer.tree(&name(session)).unwrap_or_default();
        if tree != manifest.tree {
            let what = format!("{session} has {tree:?}, it was published with {:?}", manifest.tree);
            return Err(Broken::new("IMMUTABLE", what));
        }
        let lock = self.ghost.observer.id(&lock_of(session));
        if self.locks_lie {
            return Ok(());
        }
        if manifest.lock.is_some() && lock != manifest.lock {
            return Err(Broken::new("PUB-LOCK", format!("{session} lost its lock file")));
        }
        Ok(())
    }

    /// OBTAINABLE: where there is something published at the beginning, there is at every moment some
    /// published session that can be held.
    fn some_can_be_had(&self, published: &[&String]) -> Verdict {
        if !self.is_never_empty {
            return Ok(());
        }
        // One without a lock file can be adopted.
        let can =
            |session: &&&String| self.ghost.observer.can_be_held(&lock_of(session)).unwrap_or(true);
        match published.iter().find(can) {
            Some(_) => Ok(()),
            None => Err(Broken::new("OBTAINABLE", format!("none of {published:?} can be held"))),
        }
    }

    /// LIVE-KEPT: a session that its writer has is there. LIVE-LOCK: its lock is held as long as it is being
    /// written.
    fn live_sessions(&self) -> Verdict {
        for (key, id) in self.ghost.live() {
            let working = key.working().to_string();
            if self.ghost.observer.id(&name(&working)) == Some(id) {
                if !self.locks_lie
                    && self.ghost.observer.can_be_held(&lock_of(&working)) != Some(false)
                {
                    return Err(Broken::new("LIVE-LOCK", format!("{working} is not locked")));
                }
                continue;
            }
            let is_published = self.ghost.observer.names().iter().any(|other| {
                is_published(other)
                    && other.parse::<SessionName>().is_ok_and(|session| session.key == key)
                    && self.ghost.observer.id(&name(other)) == Some(id)
            });
            // Its lock would keep others from what has just been published, if locks did.
            let is_recycled = self.locks_lie && self.ghost.was_published(key);
            if !is_published && !is_recycled {
                return Err(Broken::new("LIVE-KEPT", format!("{working} is gone")));
            }
        }
        Ok(())
    }

    /// READER-STABLE: what a reader holds stays as it was.
    fn readers(&self) -> Verdict {
        for (session, tree) in self.ghost.held() {
            let now = self.ghost.observer.tree(&name(&session));
            if now.as_ref() != Some(&tree) {
                let what = format!("{session} is {now:?} under a reader who saw {tree:?}");
                return Err(Broken::new("READER-STABLE", what));
            }
        }
        Ok(())
    }

    /// STEADY: if nobody died, there are pairs of lock file and published session and nothing else.
    fn steady(&self) -> Verdict {
        let names = self.ghost.observer.names();
        let odd = names.iter().find(|name| {
            let has_lock = |session: &str| names.contains(&lock_of(session).to_string());
            match name.strip_suffix(".lock") {
                Some(stem) => !names
                    .iter()
                    .any(|other| is_published(other) && other.starts_with(&format!("{stem}-"))),
                None => !is_published(name) || !has_lock(name),
            }
        });
        match odd {
            None => Ok(()),
            Some(odd) => Err(Broken::new("STEADY", format!("{odd} is left among {names:?}"))),
        }
    }

    /// CLEAN-AFTER-ONE: when all are gone and the grace is over, one collection leaves the newest sessions
    /// and their lock files. GC-IDEMPOTENT: a second one finds nothing to do.
    fn clean_after_one(&self, disk: &MemDisk) -> Verdict {
        let broken = |what: String| Err(Broken::new("CLEAN-AFTER-ONE", what));
        // Later than any clock has been, and early enough for names.
        disk.set_clock(SystemTime::UNIX_EPOCH + LATE);
        let vfs = disk.process();
        let Ok(Some(unit)) = Unit::open(&vfs, &vfs.root(), &self.unit) else { return Ok(()) };
        if self.is_seed {
            let _ = seed::collect(&vfs, unit.dir());
            let names = self.ghost.observer.names();
            return if names.len() <= 2 { Ok(()) } else { broken(format!("{names:?} are left")) };
        }
        let catalog =
            unit.list().map_err(|error| Broken::new("CLEAN-AFTER-ONE", error.to_string()))?;
        let expected: Vec<_> = catalog.published().take(KEEP).map(|s| s.to_string()).collect();
        match collect(&unit, &policy(KEEP), Mode::Collect) {
            Ok(report) if report.failures().count() == 0 => {}
            other => return broken(format!("{other:?}")),
        }
        let mut wanted: Vec<_> = expected
            .iter()
            .flat_map(|session| [session.clone(), lock_of(session).to_string()])
            .collect();
        wanted.sort();
        let names = self.ghost.observer.names();
        if names != wanted {
            return broken(format!("{names:?} are left, not {wanted:?}"));
        }
        match collect(&unit, &policy(KEEP), Mode::Collect) {
            Ok(again)
                if again.outcomes.iter().all(|o| matches!(o.fate, Fate::Kept(Why::Newest))) =>
            {
                Ok(())
            }
            other => Err(Broken::new("GC-IDEMPOTENT", format!("{other:?}"))),
        }
    }
}

fn is_published(name: &str) -> bool {
    name.parse::<SessionName>().is_ok_and(|session| session.is_published())
}
