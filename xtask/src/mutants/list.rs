//! All mutants: what is broken, and where that must show.

/// A way to break things.
pub(super) struct Mutant {
    pub(super) name: &'static str,
    /// Files, and what is replaced by what in each.
    pub(super) edits: &'static [(&'static str, &'static str, &'static str)],
    /// Scenarios, tables of their own (`power`, `seed`, `harness`), or names of test files (`mutants/mod.rs`).
    pub(super) searches: &'static [&'static str],
}

pub(super) const fn mutant(
    name: &'static str,
    edits: &'static [(&'static str, &'static str, &'static str)],
    searches: &'static [&'static str],
) -> Mutant {
    Mutant { name, edits, searches }
}

const ACQUIRE: &str = "crates/lockfs/src/acquire.rs";
const CREATE: &str = "crates/lockfs/src/create.rs";
const AUDIT: &str = "crates/session/src/trust/audit.rs";
const LIVENESS: &str = "crates/session/src/locked/liveness.rs";
const RECORD: &str = "crates/session/src/record.rs";
const PROCESS: &str = "crates/record/src/process.rs";
const HOLD: &str = "crates/session/src/locked/hold.rs";
const TAKE: &str = "crates/session/src/fill/take.rs";
const GROUND: &str = "crates/session/src/fill/ground.rs";
const RECONCILE: &str = "crates/session/src/fill/reconcile.rs";
const EXT: &str = "crates/vfs/src/ext.rs";
const ADOPT: &str = "crates/session/src/locked/adopt.rs";
const BEGIN: &str = "crates/session/src/begin.rs";
const CATALOG: &str = "crates/session/src/catalog.rs";
const COMPARE: &str = "crates/session/src/fill/compare.rs";
const CONDEMN: &str = "crates/session/src/locked/condemn.rs";
const PUBLISH: &str = "crates/session/src/publish.rs";
const QUARANTINE: &str = "crates/session/src/trust/quarantine.rs";
const RECYCLE: &str = "crates/session/src/fill/recycle.rs";
const REMOVE: &str = "crates/session/src/tree/remove.rs";
const SEED: &str = "crates/session/src/fill/seed.rs";
const SOURCE: &str = "crates/session/src/locked/source.rs";
const SURVEY: &str = "crates/session/src/trust/inventory.rs";
const PARALLEL: &str = "crates/session/src/fill/parallel.rs";
const COPIER: &str = "crates/session/src/fill/copier.rs";
const LEAF: &str = "crates/session/src/trust/leaf.rs";
const KNOWN: &str = "crates/session/src/fill/known_spare.rs";
const TRUST: &str = "crates/session/src/trust/check.rs";
const COLLECT: &str = "crates/gc/src/collect.rs";
const PLAN: &str = "crates/gc/src/plan.rs";
const STEP: &str = "crates/gc/src/decide.rs";
const PLACE: &str = "crates/session/src/trust/standing.rs";
const EVIDENCE: &str = "crates/session/src/trust/evidence.rs";
const ATTRIBUTES: &str = "crates/session/src/fill/attributes.rs";
const CLEAR: &str = "crates/session/src/clear.rs";
const ABANDON: &str = "crates/session/src/abandon.rs";
const UNIT: &str = "crates/session/src/unit.rs";
const STRANGER: &str = "crates/session/src/stranger.rs";
const SIZE: &str = "crates/session/src/tree/size.rs";
const SELECT: &str = "crates/session/src/fill/select.rs";
const CUT: &str = "crates/gc/src/cut.rs";
const EMPTY: &str = "crates/gc/src/empty.rs";
const EVICT: &str = "crates/gc/src/evict.rs";
const PIN: &str = "crates/session/src/pin.rs";
const WAITING: &str = "crates/session/src/fill/waiting.rs";
const UNTOUCHED: &str = "crates/session/src/trust/untouched.rs";
const WARM: &str = "crates/session/src/warm.rs";
const USED: &str = "crates/session/src/locked/used.rs";
const POLICY: &str = "crates/gc/src/policy.rs";
const STATE: &str = "crates/explore/src/state.rs";
const FINGERPRINT: &str = "crates/vfs/src/mem/fingerprint.rs";
const MEMORY: &str = "crates/vfs/src/mem/open_files.rs";
const WORKER: &str = "crates/explore/src/worker.rs";
const SCENARIO: &str = "crates/explore/src/scenario.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    // ---- locks ----
    mutant(
        "the lock is dropped before the publication",
        &[(
            PUBLISH,
            "    let audited = audit_at_least(session, at_least);\n",
            "    let audited = audit_at_least(session, at_least);\n    let _ = session.unit.vfs.unlock(session.lock.file());\n",
        )],
        &["writer-collector"],
    ),
    mutant(
        "the lock file goes before the directory",
        &[(
            CONDEMN,
            "        Ok(true) => bury(unit, from, key),",
            "        Ok(true) => {\n            let _ = unit.vfs.remove_file(&unit.dir, lock_name);\n            bury(unit, from, key)\n        }",
        )],
        &["two-collectors"],
    ),
    mutant(
        "the directory is made before the lock",
        &[
            (
                BEGIN,
                "    let mut lock = match create_locked(",
                "    let _ = vfs.create_dir(&unit.dir, &vfs_name(key.working()));\n    let mut lock = match create_locked(",
            ),
            (
                TAKE,
                "Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),",
                "Err(error) if error.kind() == ErrorKind::AlreadyExists => {}",
            ),
        ],
        &["rustc-collects"],
    ),
    mutant(
        "what was locked is not compared with its name",
        &[(
            ACQUIRE,
            "if stat.links > 0 && name_shows(vfs, dir, name, stat.id)? {",
            "if stat.links < u64::MAX {",
        )],
        &["namesakes-leftover", "lost-lock-collectors"],
    ),
    mutant(
        "what was born is not compared with its name",
        &[(
            CREATE,
            "            Ok(None) => Ok(Create::Taken),\n            Err(error) => {",
            "            Ok(None) => Ok(Create::Locked(lock)),\n            Err(error) => {",
        )],
        &["namesakes-ahead"],
    ),
    mutant(
        "a lock file that was locked after it was seen free is removed",
        &[(
            STEP,
            "            Acquire::Locked(lock) if lock.len() != seen_len => {",
            "            Acquire::Locked(lock) if lock.len() == u64::MAX => {",
        )],
        &["jumps-unborn"],
    ),
    mutant(
        "a lock file that was made under its own name is not compared with it",
        &[(
            CREATE,
            "        Ok(false) => Ok(Create::Taken),\n        Err(error) => {\n            let _ = lock.remove(dir, name);",
            "        Ok(false) => Ok(Create::Locked(lock)),\n        Err(error) => {\n            let _ = lock.remove(dir, name);",
        )],
        &["jumps-unborn"],
    ),
    mutant(
        "lock files are born by a link",
        &[(
            CREATE,
            "    match vfs.rename_new(dir, birth, dir, name) {",
            "    let renamed = vfs.rename_new(dir, birth, dir, name).or_else(|_| vfs.hard_link(dir, birth, dir, name));\n    match renamed {",
        )],
        &["neighbours"],
    ),
    mutant(
        "a lock is changed from shared to exclusive",
        &[(
            ACQUIRE,
            "        match vfs.try_lock(&file, kind).map_err",
            "        let _ = vfs.try_lock(&file, LockKind::Shared);\n        match vfs.try_lock(&file, kind).map_err",
        )],
        &["writer"],
    ),
    mutant(
        "a busy lock is tried again for ever",
        &[
            (ACQUIRE, "    for _ in 0..ATTEMPTS {", "    loop {"),
            (ACQUIRE, "TryLock::Busy => return Ok(Acquire::Busy),", "TryLock::Busy => continue,"),
            (ACQUIRE, "    Ok(Acquire::Busy)\n}", "}"),
        ],
        &["two-collectors", "writer-collector"],
    ),
    // ---- collection ----
    mutant(
        "deleted without a tombstone",
        &[(
            CONDEMN,
            "    let condemned = match lock.is_of",
            "    let _ = crate::remove_tree(&unit.vfs, &unit.dir, from);\n    let condemned = match lock.is_of",
        )],
        &["two-collectors"],
    ),
    mutant(
        "a directory without a lock file is deleted at once",
        &[(
            STEP,
            "        if !self.is_old(believed, &stat) {\n            return Ok(left(Why::Young));\n        }",
            "        let _ = (stat, remove_tree(self.unit.vfs(), self.unit.dir(), &vfs_name(session)));\n        return Ok(left(Why::Changed));\n        #[allow(unreachable_code)]\n        let stat = self.stat(&vfs_name(session))?.unwrap();",
        )],
        &["writer-collector", "two-full-sessions"],
    ),
    mutant(
        "working sessions are deleted on the word of a listing",
        &[(
            STEP,
            "            Acquire::Busy => return Ok(left(Why::InUse)),\n            Acquire::NotFound => return Ok(left(Why::Changed)),\n            Acquire::Locked(lock) => {",
            "            Acquire::Busy => {\n                let _ = remove_tree(self.unit.vfs(), self.unit.dir(), &vfs_name(session));\n                return Ok(left(Why::InUse));\n            }\n            Acquire::NotFound => return Ok(left(Why::Changed)),\n            Acquire::Locked(lock) => {",
        )],
        &["writer-collector", "two-full-sessions"],
    ),
    mutant(
        "lock files without a session go on the word of a listing",
        &[(
            COLLECT,
            "                Ok(catalog) => match catalog.sessions.get(&key) {\n                    Some(found) if !found.working && found.published.is_empty() => {",
            "                Ok(catalog) => match catalog.sessions.get(&key) {\n                    Some(found) if found.lock => {",
        )],
        &["writer-collector", "two-full-sessions"],
    ),
    mutant(
        "no age is looked at",
        &[(
            STEP,
            "Ok((!says_that_it_is_ours && !self.is_old(believed, &stat)).then_some(Why::Young))",
            "Ok((!says_that_it_is_ours && !self.is_old(believed, &stat) && false).then_some(Why::Young))",
        )],
        &["rustc-collector"],
    ),
    mutant(
        "age is that of the name alone",
        &[(
            STEP,
            "believed.is_old && is_past(stat.mtime, self.now, grace)",
            "believed.is_old && (grace > grace || stat.len < u64::MAX)",
        )],
        &["rustc-behind"],
    ),
    mutant(
        "equal stamps are all kept",
        &[(
            PLAN,
            "    let mut plan = Plan {\n        keep: published,",
            "    let mut obsolete = obsolete;\n    obsolete.retain(|s| published.iter().all(|n| n.key.timestamp() != s.key.timestamp()));\n    let mut plan = Plan {\n        keep: published,",
        )],
        &["three-namesakes"],
    ),
    mutant(
        "the newest are locked and collected too",
        &[(
            PLAN,
            "published.split_off(policy.retention.keep.get().min(published.len()))",
            "published.split_off((policy.keep.get() - 1).min(published.len()))",
        )],
        &["two-collectors", "collector-reader"],
    ),
    mutant(
        "exclusive lock before the look",
        &[(
            STEP,
            "        let why = match self.acquire(lock_name, LockKind::Shared)? {\n            Acquire::Busy => return Ok(left(Why::InUse)),",
            "        let why = match self.acquire(lock_name, LockKind::Exclusive)? {\n            Acquire::Busy => return Ok(left(Why::InUse)),",
        )],
        &["newborn"],
    ),
    mutant(
        "no look under the lock",
        &[
            (
                STEP,
                "                if seen?.is_none() {\n                    return Ok(left(Why::Changed));\n                }",
                "                let _ = seen?;",
            ),
            (
                CONDEMN,
                "        Ok(Condemned::InPlace(_) | Condemned::NotThere | Condemned::NotLocked) | Err(_) => {",
                "        Ok(Condemned::NotThere) => lock.remove(&unit.dir, lock_name)?,\n        Ok(Condemned::InPlace(_) | Condemned::NotLocked) | Err(_) => {",
            ),
        ],
        &["newborn"],
    ),
    mutant(
        "no guard while condemning",
        &[(
            COLLECT,
            "self.note(*session, Ok(left(Why::NoGuard)))",
            "self.note(*session, collector.obsolete(*session))",
        )],
        &["two-writers-collector"],
    ),
    mutant(
        "obsolete sessions are condemned without their lock",
        &[(
            STEP,
            "            Acquire::Busy => Ok(left(Why::InUse)),\n            // Its lock file was lost",
            "            Acquire::Busy => {\n                let _ = remove_tree(self.unit.vfs(), self.unit.dir(), &vfs_name(session));\n                Ok(left(Why::InUse))\n            }\n            // Its lock file was lost",
        )],
        &["overtaken", "writer-collector-reader", "windows-reader"],
    ),
    mutant(
        "that something is gone is an error",
        &[(
            REMOVE,
            "                Ok(()) => return Ok(()),\n                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),",
            "                Ok(()) => return Ok(()),",
        )],
        &["two-collectors"],
    ),
    mutant(
        "what a failing listing does not show is not there",
        &[
            (PLAN, "        incomplete: !catalog.errors.is_empty(),", "        incomplete: false,"),
            (
                COLLECT,
                "Ok(catalog) if !catalog.errors.is_empty() => Ok(left(Why::IncompleteListing)),",
                "Ok(catalog) if false && !catalog.errors.is_empty() => Ok(left(Why::IncompleteListing)),",
            ),
        ],
        &["faults-collector", "faults-reader", "faults-writer"],
    ),
    mutant(
        "tombstones are left",
        &[(
            COLLECT,
            "self.note(*tombstone, collector.bury(*tombstone, Why::Condemned))?;",
            "self.note(*tombstone, Ok(left(Why::Changed)))?;",
        )],
        &["writer", "two-collectors"],
    ),
    mutant(
        "names are taken to be well-formed",
        &[(
            CATALOG,
            "        EntryName::classify(entry.name.as_os_str().as_encoded_bytes())\n",
            "        Some(EntryName::classify(entry.name.as_os_str().as_encoded_bytes()).unwrap())\n",
        )],
        &["foreign"],
    ),
    mutant(
        "where locks lie, the lock alone condemns",
        &[(
            LIVENESS,
            "        false => record.children.iter().chain([&own]).collect(),",
            "        false => record.children.iter().collect(),",
        )],
        &["lying-locks-collector"],
    ),
    mutant(
        "what is not known of a writer is its death",
        &[(
            LIVENESS,
            "        _ => return Liveness::Unknown,\n    }\n    let answers",
            "        _ => return Liveness::Dead,\n    }\n    let answers",
        )],
        &["nfs-local-locks"],
    ),
    mutant(
        "a process of another namespace is dead",
        &[(
            LIVENESS,
            "    } else if answers.contains(&None) {\n        Liveness::Unknown",
            "    } else if answers.contains(&None) {\n        Liveness::Dead",
        )],
        &["neighbours"],
    ),
    mutant(
        "a number is a process",
        &[(
            PROCESS,
            "let (namespace, started) = take_identity(&mut payload)?;",
            "let (namespace, _) = take_identity(&mut payload)?;\n        let started = None;",
        )],
        &["neighbours"],
    ),
    mutant(
        "a number of no known namespace proves a death",
        &[(
            PROCESS,
            "    Some((namespace.checked_sub(1), started.checked_sub(1)))",
            "    Some((namespace.checked_sub(1).or(Some(0)), started.checked_sub(1)))",
        )],
        &["neighbours"],
    ),
    mutant(
        "nobody asks for a program that closed its lock",
        &[(
            LIVENESS,
            "        true => record.children.iter().collect(),",
            "        true => Vec::new(),",
        )],
        &["neighbours"],
    ),
    mutant(
        "a noted process outlives the machine",
        &[(
            LIVENESS,
            "if then != now && locks_exclude_all => return Liveness::Dead,",
            "if then != now && locks_exclude_all => return Liveness::Unknown,",
        )],
        &["neighbours"],
    ),
    mutant(
        "a live writer is audited for a dead one",
        &[(
            AUDIT,
            "has_linked(&lock) && !is_alive().unwrap_or(false)",
            "has_linked(&lock) || is_alive().is_err()",
        )],
        &["neighbours"],
    ),
    mutant(
        "any lock condemns",
        &[(
            CONDEMN,
            "        Ok(false) => Ok(Condemned::NotLocked),",
            "        Ok(false) => bury(unit, from, key),",
        )],
        &["neighbours"],
    ),
    mutant(
        "a quarantined session needs no lock",
        &[(
            CONDEMN,
            "            Ok(_) => Ok(Condemned::NotLocked),",
            "            Ok(_) => bury(unit, &name, key),",
        )],
        &["neighbours"],
    ),
    // ---- begin ----
    mutant(
        "the clock alone makes the stamp",
        &[(
            BEGIN,
            "    Ok(newest.and_then(|newest| newest.next().ok()).unwrap_or(now))",
            "    Ok(newest.and_then(|_| None).unwrap_or(now))",
        )],
        &["jumps-writer", "two-writers"],
    ),
    mutant(
        "sources are not listed again",
        &[(SOURCE, "const MORE_LISTINGS: usize = 2;", "const MORE_LISTINGS: usize = 0;")],
        &["overtaken"],
    ),
    mutant(
        "a lost lock file is not replaced",
        &[(
            HOLD,
            "match adopt(unit, name)? {\n            Adopted::Gone",
            "match Adopted::Gone {\n            Adopted::Gone",
        )],
        &["lost-lock-reader", "lost-lock-writer"],
    ),
    mutant(
        "an adopted lock file is held exclusively",
        &[(ADOPT, "&lock_name, LockKind::Shared)? {", "&lock_name, LockKind::Exclusive)? {")],
        &["lost-lock-reader", "lost-lock-collectors"],
    ),
    mutant(
        "an adopted session is not looked at again",
        &[(
            ADOPT,
            "        Ok(false) => {\n            lock.remove(&unit.dir, &lock_name)?;\n            Ok(Adopted::Gone)\n        }",
            "        Ok(false) => {\n            let _ = lock.release();\n            Ok(Adopted::Gone)\n        }",
        )],
        &["lost-lock-collectors", "lost-locks-reader"],
    ),
    mutant(
        "the spare is taken under a shared lock",
        &[(
            RECYCLE,
            "try_acquire(vfs, &unit.dir, &lock_name, LockKind::Exclusive)",
            "try_acquire(vfs, &unit.dir, &lock_name, LockKind::Shared)",
        )],
        &["overtaken"],
    ),
    mutant(
        "the spare's lock file is kept",
        &[(
            RECYCLE,
            "    let _ = lock.remove(&unit.dir, lock_name);",
            "    let _ = (lock.release(), unit, lock_name);",
        )],
        &["two-writers", "writer-reader"],
    ),
    mutant(
        "the spare is taken before the source",
        &[(
            SOURCE,
            "    pub(crate) fn next(&mut self) -> Result<Option<Source<V>>, Error> {\n",
            "    pub(crate) fn next(&mut self) -> Result<Option<Source<V>>, Error> {\n        let spare = self.queue.len().checked_sub(2).map(|place| self.queue[place]);\n        let _held = spare.map(|spare| {\n            let lock = vfs_name(EntryName::Lock(spare.key));\n            try_acquire(&self.unit.vfs, &self.unit.dir, &lock, LockKind::Exclusive)\n        });\n",
        )],
        &["two-writers"],
    ),
    mutant(
        "the spare is taken without a look at the source",
        &[(COMPARE, "                self.look(sides, &found.name)?;\n", "")],
        &["damaged"],
    ),
    mutant(
        "what is gone stays in what is recycled",
        &[(
            RECONCILE,
            "                    self.remove(pair, &found)?;\n                    is_changed = true;",
            "                    is_changed = true;",
        )],
        &["two-writers"],
    ),
    mutant(
        "what differs is not relinked",
        &[(COMPARE, "            && wanted.is_inode(found.inode)\n", "")],
        &["two-writers"],
    ),
    mutant(
        "what differs is written over",
        &[
            (
                RECONCILE,
                "                self.remove(pair, found)?;\n                self.make(pair, wanted)?;",
                "                self.make(pair, wanted)?;",
            ),
            (
                COPIER,
                "                        kind if is_incapable(kind) => pair.incapable().of_links = true,",
                "                        ErrorKind::AlreadyExists => {}\n                        kind if is_incapable(kind) => pair.incapable().of_links = true,",
            ),
            (
                COPIER,
                "let mut created = vfs.create_file(pair.to.here()?, name);",
                "let to = pair.to.here()?;\n        let mut created = vfs.create_file(to, name).or_else(|_| vfs.open_file(to, name, Access::ReadWrite));",
            ),
        ],
        &["two-writers-three"],
    ),
    mutant(
        "a copy goes into what exists",
        &[
            (
                COPIER,
                "                        kind if is_incapable(kind) => pair.incapable().of_links = true,",
                "                        ErrorKind::AlreadyExists => {}\n                        kind if is_incapable(kind) => pair.incapable().of_links = true,",
            ),
            (
                COPIER,
                "let mut created = vfs.create_file(pair.to.here()?, name);",
                "let to = pair.to.here()?;\n        let mut created = vfs.create_file(to, name).or_else(|_| vfs.open_file(to, name, Access::ReadWrite));",
            ),
        ],
        &["faults-writer"],
    ),
    mutant(
        "written in place",
        &[(
            EXT,
            "        let dir = below.as_ref().unwrap_or(dir);\n        match self.remove_file(dir, name) {",
            "        let dir = below.as_ref().unwrap_or(dir);\n        if let Ok(file) = self.open_file(dir, name, Access::ReadWrite) {\n            return Ok(file);\n        }\n        match self.remove_file(dir, name) {",
        )],
        &["writer"],
    ),
    mutant(
        "what the source lacks is passed over",
        &[(
            COPIER,
            "                        kind if is_incapable(kind) => pair.incapable().of_links = true,",
            "                        kind if is_incapable(kind) => pair.incapable().of_links = true,\n                        ErrorKind::NotFound => return Ok(()),",
        )],
        &["damaged-below"],
    ),
    mutant(
        "a short copy is taken for a copy",
        &[(COPIER, "if copied != stat.len {", "if copied > stat.len {")],
        &["faults-copier"],
    ),
    mutant(
        "where locks lie, the source is not looked at again",
        &[(TAKE, "    if !is_held && !is_there", "    if is_held && !is_there")],
        &["lying-locks-overtaken"],
    ),
    // ---- publish ----
    mutant(
        "the record is written after the publication",
        &[
            (
                PUBLISH,
                "            Durability::None => Ok(None),",
                "            _ if session.key.rand() < u32::MAX => Ok(None),\n            Durability::None => Ok(None),",
            ),
            (
                PUBLISH,
                "    let Writing { unit, lock, terms, report, basis, .. } = session.end();\n",
                "    let _ = record(session.writing_mut(), hash);\n    let Writing { unit, lock, terms, report, basis, .. } = session.end();\n",
            ),
        ],
        &["two-writers-empty"],
    ),
    mutant(
        "an error of what was done is believed",
        &[(
            PUBLISH,
            "(_, Shown::Session(stat)) => return Ok(Some(stat)),",
            "(Ok(()), Shown::Session(stat)) => return Ok(Some(stat)),",
        )],
        &["faults-writer"],
    ),
    mutant(
        "an error of what was not done is not believed",
        &[(
            PUBLISH,
            "(_, Shown::Session(stat)) => return Ok(Some(stat)),",
            "(_, Shown::Session(_) | Shown::Nothing | Shown::Other) => return Ok(None),",
        )],
        &["faults-writer"],
    ),
    mutant(
        "nobody is told of a newer session",
        &[(
            PUBLISH,
            "let superseded_by = newest.filter(|newest| newest.key > name.key);",
            "let superseded_by = newest.filter(|newest| newest.key < name.key);",
        )],
        &["two-writers"],
    ),
    // ---- trust ----
    mutant(
        "what has other names than recorded is trusted",
        &[(
            TRUST,
            "        if pairs.len() != items.len() {",
            "        if pairs.len() > items.len() {",
        )],
        &["vandal-reader", "cleaner-reader"],
    ),
    mutant(
        "a damaged session is put away without its lock",
        &[(
            QUARANTINE,
            "        Acquire::Busy => return Ok(Quarantine::Busy),",
            "        Acquire::Busy => {\n            let _ = rename_apart(unit, &name, &vfs_name(EntryName::Quarantined(session.key)));\n            return Ok(Quarantine::Busy);\n        }",
        )],
        &["vandal-readers"],
    ),
    mutant(
        "after a power loss file ids are not compared",
        &[(
            EVIDENCE,
            "    if ids_count && recorded.inode != stat.id.inode {",
            "    if ids_count && recorded.inode == 0 {",
        )],
        &["power"],
    ),
    mutant(
        "after a power loss lengths are not compared",
        &[(EVIDENCE, "    if recorded.len != stat.len {", "    if recorded.len < stat.len {")],
        &["power"],
    ),
    mutant(
        "after a power loss only names are compared",
        &[(
            TRUST,
            "Standing::Remounted | Standing::Moved | Standing::Unknown { .. } => Scrutiny::Digests,",
            "Standing::Remounted | Standing::Moved | Standing::Unknown { .. } => Scrutiny::Names,",
        )],
        &["power"],
    ),
    // ---- directories that are not listed ----
    mutant(
        "names stand although the time of their directory moved",
        &[(EVIDENCE, "is_it && ctime == Some(self.ctime)", "is_it && ctime.is_some()")],
        &["intact"],
    ),
    mutant(
        "names stand that had not settled",
        &[(
            EVIDENCE,
            "(clock.tells_names && clock.has_settled(ctime, look)).then_some",
            "(clock.tells_names && look > SystemTime::UNIX_EPOCH).then_some",
        )],
        &["intact"],
    ),
    mutant(
        "names stand where they do not move times",
        &[(
            EVIDENCE,
            "tells_names: info.names_move_times, step }",
            "tells_names: info.time_step < Duration::MAX, step }",
        )],
        &["intact"],
    ),
    mutant(
        "names stand after another mount",
        &[(
            KNOWN,
            "let is_one_mount = matches!(self.standing, Standing::Same | Standing::Touched);",
            "let is_one_mount = self.standing.is_the_tree();",
        )],
        &["intact"],
    ),
    mutant(
        "a top that was touched is not listed",
        &[(
            KNOWN,
            "let is_sealed = self.standing == Standing::Same;",
            "let is_sealed = self.standing.is_the_tree();",
        )],
        &["intact"],
    ),
    mutant(
        "a top that was just sealed is not listed",
        &[(
            KNOWN,
            "self.clock.tells_names() && self.clock.step.is_zero()",
            "self.clock.tells_names()",
        )],
        &["intact"],
    ),
    mutant(
        "a top that changed while it was published is sealed",
        &[(
            PUBLISH,
            "        && top_changed == Some(*mtime)",
            "        && top_changed <= Some(*mtime)",
        )],
        &["intact"],
    ),
    mutant(
        "what could not be given is taken for the source's",
        &[(
            RECONCILE,
            "        if is_changed || difference.has_other_attributes {\n            self.intact[number] = None;",
            "        if is_changed && difference.seen.is_none() {\n            self.intact[number] = None;",
        )],
        &["intact"],
    ),
    mutant(
        "the attributes of a directory that is not listed are not compared",
        &[(
            COMPARE,
            "Some(recorded) if wanted.is_some() => wanted != Some(recorded),",
            "Some(recorded) if wanted.is_some() => recorded.is_empty(),",
        )],
        &["intact"],
    ),
    mutant(
        "names that were never synced are taken for durable",
        &[(
            SURVEY,
            "        if self.leaves.syncs() && !is_synced {",
            "        if self.leaves.syncs() && is_synced {",
        )],
        &["intact"],
    ),
    // ---- copies that are made at the same time ----
    mutant(
        "the last failure of several threads counts",
        &[(PARALLEL, "    for part in parts {", "    for part in parts.into_iter().rev() {")],
        &["many_copies"],
    ),
    mutant(
        "what was looked at ahead is taken whatever was seen",
        &[(
            "crates/session/src/fill/looks.rs",
            "Some(claim) => claim.holds(vfs, dir, &other.found.name),",
            "Some(claim) => claim.holds(vfs, dir, &other.found.name).map(|_| true),",
        )],
        &["many_copies"],
    ),
    mutant(
        "what is recorded ahead is untouched whatever was seen",
        &[(LEAF, "(is_untouched == Ok(true)).then_some", "(is_untouched != Err(())).then_some")],
        &["many_copies"],
    ),
    mutant(
        "each thread copies names of one file as files",
        &[(COPIER, "(stat.links > 1, &mut self.several)", "(stat.links > 99, &mut self.several)")],
        &["many_copies"],
    ),
    // ---- durability ----
    mutant(
        "changed files are not synced",
        &[(
            LEAF,
            "        Ok(vfs.sync_file(&file).map_err(failed(vfs, \"sync\", dir, name))?)",
            "        let _ = file;\n        Ok(())",
        )],
        &["power"],
    ),
    mutant(
        "the session's directory is not synced",
        &[(
            SURVEY,
            "        if self.leaves.syncs() {\n            sync(vfs, dir)?;",
            "        if false {\n            sync(vfs, dir)?;",
        )],
        &["power"],
    ),
    mutant(
        "the unit is not synced",
        &[(
            PUBLISH,
            "        Durability::Durable => observe::sync().in_scope(|| unit.vfs.sync_dir(&unit.dir)),\n",
            "",
        )],
        &["power"],
    ),
    mutant(
        "the record is not synced",
        &[(
            SURVEY,
            "        lock.sync().map_err(failed(&unit.vfs, \"sync lock file\", &unit.dir, &name))?;",
            "",
        )],
        &["power"],
    ),
    mutant(
        "inherited files are taken for synced",
        &[(
            LEAF,
            "(!self.syncs() || item.is_synced())",
            "(!self.syncs() || item.kind() == Kind::File)",
        )],
        &["power"],
    ),
    mutant(
        "a sync that failed is tried again",
        &[(
            LEAF,
            "        Ok(vfs.sync_file(&file).map_err(failed(vfs, \"sync\", dir, name))?)",
            "        Ok(vfs.sync_file(&file).or_else(|_| vfs.sync_file(&file)).map_err(failed(vfs, \"sync\", dir, name))?)",
        )],
        &["power"],
    ),
    // ---- the search itself ----
    mutant(
        "harness: answers are not part of a history",
        &[(
            STATE,
            "        (running.history, &answer).hash(&mut hasher);\n        let history = hasher.done();",
            "        (running.history, 0_u8).hash(&mut hasher);\n        let history = hasher.done();",
        )],
        &["harness"],
    ),
    mutant(
        "harness: what processes were answered is not part of a state",
        &[(
            STATE,
            "                hasher.write_u128(running.history);",
            "                hasher.write_u128(0);",
        )],
        &["harness", "seed"],
    ),
    mutant(
        "harness: locks that outlive their processes are not part of a state",
        &[(
            FINGERPRINT,
            "        hasher.write_u128(lingering.fold(0_u128, u128::wrapping_add));",
            "        let _ = lingering.fold(0_u128, u128::wrapping_add);",
        )],
        &["harness"],
    ),
    mutant(
        "harness: changed inodes are hashed as they were",
        &[(
            "crates/vfs/src/mem/prints.rs",
            "        if self.dirty.last() != Some(&id) {\n            self.dirty.push(id);\n        }",
            "        if self.of.is_empty() {\n            self.dirty.push(id);\n        }",
        )],
        &["harness", "seed"],
    ),
    mutant(
        "harness: what oracles remember is not part of a state",
        &[(SCENARIO, "        Digest::of(self)\n", "        Digest::of(0_u8)\n")],
        &["harness", "seed"],
    ),
    mutant(
        "harness: all ends are one",
        &[(WORKER, "self.search.visit_end(state.end_key())", "self.search.visit_end(0)")],
        &["harness"],
    ),
    mutant(
        "harness: whoever is left alone was left so before",
        &[(
            "crates/explore/src/shared.rs",
            "        self.mode.merges && shard.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)",
            "        self.mode.merges && shard.lock().is_ok()",
        )],
        &["harness"],
    ),
    mutant(
        "harness: pre-emptions that are left do not count",
        &[(STATE, "goes_on(*it)).count() > 1;", "goes_on(*it)).count() > 9;")],
        &["harness"],
    ),
    mutant(
        "harness: a lock that outlives who dies is not told from none",
        &[(FINGERPRINT, "ofd.lock.is_some() || inode.links == 0", "inode.links == 0")],
        &["harness"],
    ),
    mutant(
        "harness: the dead keep their locks",
        &[
            (
                MEMORY,
                "            if is_last && !(is_locked && lingers) {",
                "            if is_last && !is_locked && !lingers {",
            ),
            (
                STATE,
                "        while self.world.lingering() > 0 {\n            self.world.release_lingering();\n        }\n",
                "",
            ),
        ],
        &["writer", "two-writers"],
    ),
    mutant(
        "harness: a dead recovery keeps its locks",
        &[(
            "crates/explore/src/recovery.rs",
            "        while left.world.lingering() > 0 {\n            left.world.release_lingering();\n        }\n",
            "",
        )],
        &["windows-reader"],
    ),
    mutant(
        "harness: whoever says that it has forgotten is believed",
        &[(
            "crates/explore/src/programs.rs",
            "                self.go_along(process, from, to);\n",
            "",
        )],
        &["incrdir-explore histories"],
    ),
    mutant(
        "harness: a listing shows in which order names were made during it",
        &[(
            "crates/vfs/src/mem/dirs.rs",
            "        shown.sort_by(|one, other| one.name.cmp(&other.name));\n",
            "        let _ = &mut shown;\n",
        )],
        &["incrdir-explore histories"],
    ),
    mutant(
        "harness: a commit stays the last when a sync commits what came after it",
        &[
            (
                "crates/vfs/src/mem/power_loss/last_commit.rs",
                "        if names.is_forced.contains(&true) {",
                "        if false {",
            ),
            (
                "crates/vfs/src/mem/power_loss/last_commit.rs",
                "                && Order::new(&journal.effects, &Persistence::ORDERED).is_forced.contains(&true)",
                "                && false",
            ),
        ],
        &["incrdir-explore commits"],
    ),
    mutant(
        "harness: not all that was done can be lost",
        &[(
            "crates/explore/src/search.rs",
            "self.mode.commit(&state).into_iter().chain([state]);",
            "[state];",
        )],
        &["incrdir-explore commits"],
    ),
    // ---- places and evidence ----
    mutant(
        "a copy has the birth of the original",
        &[(PLACE, "Some(then == now)", "Some(then <= now)")],
        &["places"],
    ),
    mutant(
        "another mount is the same mount",
        &[(PLACE, "place.mount == seen.mount", "seen.mount.is_some()")],
        &["power"],
    ),
    mutant(
        "the seal is not compared",
        &[(PLACE, "seal.is_some() && seal == seen.stat.ctime", "seal.is_some()")],
        &["places"],
    ),
    mutant(
        "times tell all everywhere",
        &[(EVIDENCE, "tells_all: info.times_tell_all", "tells_all: true")],
        &["storers"],
    ),
    mutant(
        "nothing has to settle",
        &[(EVIDENCE, "self.step.is_zero() || ctime.checked_add", "true || ctime.checked_add")],
        &["places"],
    ),
    mutant(
        "digests do not decide",
        &[(
            EVIDENCE,
            "(Some(then), Some(now)) => Ok(then == now),",
            "(Some(_), Some(_)) => Ok(true),",
        )],
        &["places"],
    ),
    mutant(
        "what stands in the session's place is not looked at",
        &[(
            PUBLISH,
            "if stat.id == session.seen.stat.id {",
            "if stat.id == session.seen.stat.id || stat.links > 0 {",
        )],
        &["replacer"],
    ),
    mutant(
        "a link in the session's place is taken",
        &[(
            PUBLISH,
            "FileKind::Symlink => return Err(refused(\"a symbolic link\")),",
            "FileKind::Symlink => {}",
        )],
        &["places"],
    ),
    mutant(
        "a failure starts cold",
        &[(SOURCE, "(self.or_older, failure)", "(true, failure)")],
        &["places"],
    ),
    mutant(
        "cold sessions count like others",
        &[(
            STEP,
            "since.is_some_and(|since| usize::from(since) < self.policy.retention.keep.get())",
            "since.is_some_and(|since| usize::from(since) > self.policy.retention.keep.get())",
        )],
        &["places"],
    ),
    mutant(
        "what is extra is damage at once",
        &[(
            TRUST,
            "            Standing::Same | Standing::Touched => {\n",
            "            Standing::Same => {\n",
        )],
        &["places"],
    ),
    mutant(
        "a copy that differs is damaged",
        &[(
            TRUST,
            "match self.standing.is_the_tree() {",
            "match self.scrutiny > Scrutiny::Record {",
        )],
        &["places"],
    ),
    mutant(
        "times of copies are not compared",
        &[(
            TRUST,
            "if self.is_time_kept(recorded, stat) =>",
            "if self.is_time_kept(recorded, stat) || stat.links > 0 =>",
        )],
        &["places"],
    ),
    mutant(
        "a session that somebody may write into is recycled",
        &[(
            KNOWN,
            "    if record.is_watched {",
            "    if record.is_watched && record.newer_version.is_some() {",
        )],
        &["places"],
    ),
    mutant(
        "a blind audit is begun",
        &[(
            GROUND,
            "if is_audited && !info.times_tell_all {",
            "if is_audited && info.name.is_empty() {",
        )],
        &["places"],
    ),
    mutant(
        "another spelling is opened",
        &[(UNIT, "if turned.all(|turned| vfs.stat(root, &turned).is_err()) {", "if true {")],
        &["places"],
    ),
    mutant(
        "what is abandoned is not audited",
        &[(
            ABANDON,
            "audit_at_least(&session, Audit::Attributes)",
            "audit_at_least(&session, Audit::Off)",
        )],
        &["places"],
    ),
    mutant(
        "a number counts on every device",
        &[
            (
                SURVEY,
                "self.is_here = seen.is_none_or(|seen| seen.stat.id.device == self.device);",
                "self.is_here = true;",
            ),
            (COMPARE, "seen.is_none_or(|seen| seen.stat.id.device == self.device);", "true;"),
        ],
        &["places"],
    ),
    // ---- outsiders, sizes, stopping ----
    mutant(
        "another user's directory is one's own",
        &[(STRANGER, "() if !is_ours =>", "() if !is_ours && caller == owner.user =>")],
        &["outsiders"],
    ),
    mutant(
        "what everybody may write is nobody's",
        &[(
            STRANGER,
            "() if is_open_to(BY_ALL) =>",
            "() if is_open_to(BY_ALL) && trusted.len() > 1 =>",
        )],
        &["outsiders"],
    ),
    mutant(
        "the sticky bit does not count",
        &[(STRANGER, "stat.mode & (bit | STICKY) == bit", "stat.mode & bit == bit")],
        &["outsiders"],
    ),
    mutant(
        "a group is never a stranger",
        &[(STRANGER, "owner.group != SUPERUSER &&", "owner.group == SUPERUSER &&")],
        &["outsiders"],
    ),
    mutant(
        "a file counts with each of its names",
        &[(SIZE, "add_if(here == 1, &mut", "add_if(here > 0, &mut")],
        &["outsiders"],
    ),
    mutant(
        "a file goes with its first name",
        &[(SIZE, "add_if(anywhere == file.links, &mut", "add_if(anywhere == 1, &mut")],
        &["outsiders"],
    ),
    mutant(
        "holes are freed",
        &[(REMOVE, "stat.links == 1 => stat.allocated", "stat.links == 1 => stat.len")],
        &["outsiders"],
    ),
    mutant(
        "what is far ahead is young for years",
        &[(POLICY, "ahead.duration() > FAR_AHEAD", "ahead.duration() > FAR_AHEAD * 10_000")],
        &["flaws_time"],
    ),
    mutant(
        "what is ahead is old",
        &[(POLICY, "ahead.duration() > FAR_AHEAD", "ahead.duration() > FAR_AHEAD / 10_000")],
        &["flaws_time"],
    ),
    mutant(
        "seeding does not stop",
        &[(
            SEED,
            "        go_on(self.copier.vfs, from)?;\n        observe::takes_over",
            "        observe::takes_over",
        )],
        &["stop"],
    ),
    mutant(
        "removing does not stop",
        &[
            (REMOVE, "            go_on(vfs, dir)?;\n", ""),
            (REMOVE, "        go_on(self.vfs, top)?;\n", ""),
        ],
        &["stop"],
    ),
    mutant(
        "surveying does not stop",
        &[(
            LEAF,
            "go_on(vfs, dir)?;\n        let stat = self.seen(dir, name)?;",
            "let stat = self.seen(dir, name)?;",
        )],
        &["stop"],
    ),
    mutant(
        "what stops is published after all",
        &[(
            PUBLISH,
            "    go_on(&session.unit.vfs, &session.unit.dir)?;",
            "    let _ = go_on(&session.unit.vfs, &session.unit.dir);",
        )],
        &["stop"],
    ),
    mutant(
        "another source is tried after a stop",
        &[(
            SOURCE,
            "if failure == Some(ErrorKind::Interrupted) {",
            "if failure == Some(ErrorKind::Deadlock) {",
        )],
        &["stop"],
    ),
    mutant(
        "the witness goes without the audit",
        &[(ABANDON, "go_on(&session.unit.vfs, &session.unit.dir)?;", "")],
        &["stop"],
    ),
    mutant(
        "what an audit could not read is without fault",
        &[(
            AUDIT,
            "Distrust::Io(_) | Distrust::Listing(_))) => {",
            "Distrust::Io(_) | Distrust::Listing(_))) if scrutiny > Scrutiny::Digests => {",
        )],
        &["stop"],
    ),
    // ---- walks ----
    mutant(
        "what is mounted is recorded",
        &[(LEAF, "if stat.is_mount {", "if stat.is_mount && stat.links == 0 {")],
        &["walks"],
    ),
    mutant(
        "what nobody may read is not opened for publishing",
        &[(SURVEY, "Trail::own(vfs, session.dir())", "Trail::new(vfs, session.dir())")],
        &["walks"],
    ),
    mutant(
        "a file that nobody may read stays so",
        &[(LEAF, "if !is_shut ||", "if is_shut || !is_shut ||")],
        &["walks"],
    ),
    mutant(
        "what nobody may read is not opened for deleting",
        &[(
            REMOVE,
            "let dir = match open_own_dir(vfs, top, name) {",
            "let dir = match vfs.open_dir(top, name) {",
        )],
        &["walks"],
    ),
    mutant(
        "what cannot be moved up stays",
        &[(
            REMOVE,
            "ErrorKind::CrossesDevices => return MovedUp::Refused,",
            "ErrorKind::CrossesDevices => return MovedUp::No,",
        )],
        &["walks"],
    ),
    mutant(
        "a session is deleted in its place before its record says so",
        &[
            (
                CONDEMN,
                "if let Err(error) = noted {",
                "if let (Err(error), 0) = (noted, lock.len()) {",
            ),
            (
                CONDEMN,
                "let noted = forbid(&mut lock, \"it cannot be renamed here and was being deleted\");",
                "let noted: std::io::Result<()> = Ok(());\n    let _ = forbid::<V>;",
            ),
        ],
        &["overlay"],
    ),
    mutant(
        "a lock file goes although something is left in the place of its session",
        &[(
            CONDEMN,
            "    match removed.failures {\n        0 =>",
            "    match removed.failures.min(0) {\n        0 =>",
        )],
        &["walks"],
    ),
    mutant(
        "a record is appended to behind a frame that is cut short",
        &[(RECORD, "map_or(lock.len(), |end| end as u64)", "map_or(lock.len(), |_| lock.len())")],
        &["overlay"],
    ),
    mutant(
        "what is not to be used is used",
        &[(
            TRUST,
            "if let Some(reason) = record.reason.take() {",
            "if let Some(reason) = record.reason.take().filter(String::is_empty) {",
        )],
        &["walks"],
    ),
    mutant(
        "what is put away is kept for readers",
        &[(STEP, "record.reason.is_none().then_some((lock, record))", "Some((lock, record))")],
        &["walks"],
    ),
    mutant(
        "capabilities are given to whoever copies",
        &[(
            ATTRIBUTES,
            "if !is_owners && attribute.name == CAPABILITY {",
            "if is_owners && attribute.name == CAPABILITY {",
        )],
        &["walks"],
    ),
    mutant(
        "what was linked is cleared without a look",
        &[(
            CLEAR,
            "audit_at_least(session, Audit::Attributes)",
            "audit_at_least(session, Audit::Off)",
        )],
        &["walks"],
    ),
    mutant(
        "a cleared session keeps its source",
        &[(CLEAR, "    report.source = None;\n", "")],
        &["walks"],
    ),
    mutant(
        "an exclusive lock of anything condemns",
        &[(
            CONDEMN,
            "        Ok(false) => Ok(Condemned::NotLocked),\n        Err(error) => Err(error.into()),",
            "        Ok(false) => bury(unit, from, key),\n        Err(error) => Err(error.into()),",
        )],
        &["neighbours"],
    ),
    // ---- other units, and a part of a source ----
    mutant(
        "files of another unit are linked",
        &[(
            BEGIN,
            "SeedMode::Link if other.is_some() => SeedMode::Auto,",
            "SeedMode::Link if false => SeedMode::Auto,",
        )],
        &["branch-in-place"],
    ),
    mutant(
        "the source in another unit is not held, and nobody looks whether it stayed",
        &[
            (
                BEGIN,
                "        let spare = match other {",
                "        if other.is_some() {\n            let _ = unit.vfs.unlock(source.held.lock.file());\n        }\n        let spare = match other {",
            ),
            (TAKE, "    if !is_held && !is_there", "    if false && !is_there"),
        ],
        &["branch-overtaken"],
    ),
    mutant(
        "the name of a source in another unit is looked up in this one",
        &[(TAKE, "!is_there(source.unit, session)", "!is_there(unit, session)")],
        &["lineages"],
    ),
    mutant(
        "an own session is passed over for another unit's",
        &[(
            BEGIN,
            "    for name in options.fallbacks.iter()",
            "    if !options.fallbacks.is_empty() {\n        sought = Sought::NoSource;\n    }\n    for name in options.fallbacks.iter()",
        )],
        &["lineages"],
    ),
    mutant(
        "what is left out is taken over",
        &[(SELECT, "if selection.excludes(&own_path, is_dir)", "if false")],
        &["lineages"],
    ),
    mutant(
        "a refused source is used when the unit is listed again",
        &[(SOURCE, "        self.refused.extend(refused);\n", "")],
        &["lineages"],
    ),
    // ---- limits ----
    mutant(
        "a unit is not looked at again when its turn comes",
        &[(
            CUT,
            "                0 => Ok(first),",
            "                0 => Ok(first.filter(|_| false)),",
        )],
        &["evictor-branch-main", "limits"],
    ),
    mutant(
        "a unit is not looked at again before its newest session is locked",
        &[(
            CUT,
            "_ if turn.newest == Some(session) => look().map(|seen| seen.stays(*last_use)),",
            "_ if turn.newest == Some(session) => look().map(|_| None),",
        )],
        &["evictor-two"],
    ),
    mutant(
        "a unit is not looked at again while its newest session is locked",
        &[(
            EVICT,
            "        if turn.newest != Some(session) {\n            return Ok(None);",
            "        if turn.newest != Some(session) || true {\n            return Ok(None);",
        )],
        &["evictor-just-used"],
    ),
    mutant(
        "somebody who works in a unit does not keep it",
        &[(
            EVICT,
            "true => (!is_idle).then_some(Why::InUse),",
            "true => (!is_idle && false).then_some(Why::InUse),",
        )],
        &["evictor"],
    ),
    mutant(
        "a use since the unit's turn was decided does not count",
        &[
            (
                EVICT,
                "if is_used_since(lock, turn.last_use, self.now) {",
                "if false && is_used_since(lock, turn.last_use, self.now) {",
            ),
            (
                EVICT,
                "(self.last_use > last_use).then_some",
                "(self.last_use > last_use && false).then_some",
            ),
        ],
        &["limits"],
    ),
    mutant(
        "the newest session is evicted first",
        &[(EVICT, "    sessions.reverse();\n", "")],
        &["evictor-two"],
    ),
    mutant(
        "newer sessions are evicted although an older one stays",
        &[(
            CUT,
            "if flow.is_break() || !goes_on_to_newer || !goes_on(bytes) {",
            "if flow.is_break() || !goes_on(bytes) {",
        )],
        &["evictor-reader", "pinner-of-unit", "limits", "pins"],
    ),
    mutant(
        "what others delete while a limit is kept does not count",
        &[(CUT, "self.mode == Mode::DryRun", "self.mode != Mode::DryRun")],
        &["limits"],
    ),
    mutant(
        "an eviction does not lock exclusively",
        &[(
            EVICT,
            "Mode::Collect => self.acquire(name, LockKind::Exclusive)?,",
            "Mode::Collect => self.acquire(name, LockKind::Shared)?,",
        )],
        &["evictor-reader"],
    ),
    mutant(
        "a unit is removed with all that is in it",
        &[(
            EMPTY,
            "    let remove = || vfs.remove_dir(root, &vfs_name(name)).is_ok();",
            "    let remove = || incrdir_session::remove_tree(vfs, place.root, &vfs_name(name)).failures == 0;",
        )],
        &["evictor"],
    ),
    mutant(
        "a unit is removed although something foreign is in it",
        &[
            (EMPTY, " && catalog.foreign.is_empty()", ""),
            (
                EMPTY,
                "    let remove = || vfs.remove_dir(root, &vfs_name(name)).is_ok();",
                "    let remove = || incrdir_session::remove_tree(vfs, place.root, &vfs_name(name)).failures == 0;",
            ),
        ],
        &["evictor-foreign"],
    ),
    mutant(
        "empty units stay",
        &[(
            EMPTY,
            "    if is_empty() != Some(true) {",
            "    if is_empty() != Some(true) || true {",
        )],
        &["evictor"],
    ),
    mutant(
        "a unit is said to be removed that is not",
        &[(
            EMPTY,
            "remove_dir(root, &vfs_name(name)).is_ok();",
            "remove_dir(root, &vfs_name(name)).is_ok() || true;",
        )],
        &["evictor"],
    ),
    mutant(
        "a begin whose unit vanished fails",
        &[(
            BEGIN,
            "Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => {",
            "Err(error) if error.kind() == ErrorKind::NotFound && attempt > ATTEMPTS => {",
        )],
        &["evictor"],
    ),
    mutant(
        "a use is not noted",
        &[(USED, "    if !is_recent {", "    if !is_recent && false {")],
        &["limits"],
    ),
    // ---- pins ----
    mutant(
        "a pinned session is made into the next one",
        &[(
            RECYCLE,
            "pin::is_there(unit, EntryName::Pin(spare.key)).unwrap_or(true);",
            "pin::is_there(unit, EntryName::Pin(spare.key)).unwrap_or(true) && false;",
        )],
        &["pinner-writer"],
    ),
    mutant(
        "a pinned session is collected",
        &[(
            STEP,
            "            Acquire::Locked(lock) => match self.is_pinned(EntryName::Pin(session.key)) {",
            "            Acquire::Locked(lock) => match self.is_pinned(EntryName::Pin(session.key)).map(|_| false) {",
        )],
        &["pinner-collector"],
    ),
    mutant(
        "the pin is looked for before the session is locked",
        &[(
            STEP,
            "        match self.acquire(EntryName::Lock(session.key), LockKind::Exclusive)? {\n            Acquire::Locked(lock) => match self.is_pinned(EntryName::Pin(session.key)) {",
            "        let pinned = self.is_pinned(EntryName::Pin(session.key));\n        match self.acquire(EntryName::Lock(session.key), LockKind::Exclusive)? {\n            Acquire::Locked(lock) => match pinned {",
        )],
        &["pinner-collector"],
    ),
    mutant(
        "a pinned session is evicted",
        &[(
            EVICT,
            "for pin in [EntryName::Pin(session.key), EntryName::UnitPin] {",
            "for pin in [EntryName::UnitPin] {",
        )],
        &["pinner-evictor"],
    ),
    mutant(
        "a pinned unit is evicted",
        &[(
            EVICT,
            "for pin in [EntryName::Pin(session.key), EntryName::UnitPin] {",
            "for pin in [EntryName::Pin(session.key)] {",
        )],
        &["pinner-of-unit"],
    ),
    mutant(
        "a pin is written without holding the session",
        &[(
            PIN,
            "                let written = write(unit, what.entry(), pin);\n                let _ = held.lock.release();",
            "                let _ = held.lock.release();\n                let written = write(unit, what.entry(), pin);",
        )],
        &["pinner-collector"],
    ),
    mutant(
        "a pin that was set anew is removed because it had ended",
        &[(
            PIN,
            "if over.is_some_and(|now| !Pin::decode(&content).is_over(now)) {",
            "if over.is_some_and(|now| !Pin::decode(&content).is_over(now) && false) {",
        )],
        &["pinner-again"],
    ),
    mutant(
        "a pin is removed without its lock",
        &[(
            PIN,
            "    match try_acquire(&unit.vfs, &unit.dir, &name, LockKind::Exclusive)? {\n        Acquire::Busy",
            "    match try_acquire(&unit.vfs, &unit.dir, &name, LockKind::Shared)? {\n        Acquire::Busy",
        )],
        &["pinner-again", "pins"],
    ),
    // ---- sessions that are filled ahead of time ----
    mutant(
        "a session that waits is taken although its source is not the newest",
        &[(
            WAITING,
            "if waits_for(&self.unit.vfs, &record) != Some(self.source) ||",
            "if waits_for(&self.unit.vfs, &record).is_none() ||",
        )],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken although it was filled in another way",
        &[(
            WAITING,
            "            origin.mode == self.options.seed\n                && origin.unit.is_none()",
            "            origin.unit.is_none()",
        )],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken although something else was selected",
        &[(WAITING, "                && origin.patterns == self.options.selection.patterns()", "")],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken after a restart",
        &[
            (
                WAITING,
                "let is_one_boot = place.boot_id.is_some() && place.boot_id == vfs.boot_id();",
                "let is_one_boot = place.boot_id.is_some();",
            ),
            (
                PLACE,
                "let is_one_boot = place.boot_id.is_some() && place.boot_id == vfs.boot_id();",
                "let is_one_boot = place.boot_id.is_some();",
            ),
        ],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken although names in its source changed",
        &[(WAITING, "            && source.ctime == Some(waiting.source.ctime)", "")],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken although its source's record says more",
        &[(
            WAITING,
            "            && held.lock.len() == waiting.source.record;",
            "            && held.lock.len() >= 1;",
        )],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken although names at its top changed",
        &[(
            WAITING,
            "            Ok(Standing::Touched) => return Err(Unfit::Spoiled),",
            "            Ok(Standing::Touched) => {}",
        )],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken whatever is in its directories",
        &[(
            UNTOUCHED,
            "                    Kind::Dir => ShownDir::recorded(clock, &listed, list.written())\n                        .is_some_and(|then| then.is_shown_by(&now)),",
            "                    Kind::Dir => true,",
        )],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken whatever is in its files",
        &[(
            UNTOUCHED,
            "                let is_own = item.kind() == Kind::File && self.mode != SeedMode::Link;",
            "                let is_own = false;",
        )],
        &["warm"],
    ),
    mutant(
        "a session with directories says that its top shows all",
        &[(
            UNTOUCHED,
            "        items.all(|kind| kind != Kind::Dir && (",
            "        items.all(|kind| (",
        )],
        &["warm"],
    ),
    mutant(
        "a session of copies says that its top shows all",
        &[(UNTOUCHED, " && (kind != Kind::File || self.mode == SeedMode::Link))", ")")],
        &["warm"],
    ),
    mutant(
        "a session that waits is spoiled and stays",
        &[(WAITING, "                let _ = condemn(self.unit, session, found.lock);", "")],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken although a writer died that had linked",
        &[(WAITING, "    if has_dead_linker(unit, catalog, Some(found.key)) {", "    if false {")],
        &["warm"],
    ),
    mutant(
        "a session that waits counts as a writer that died",
        &[(AUDIT, "        Ok(Record { waiting: Some(_), .. }) => false,\n", "")],
        &["warm"],
    ),
    mutant(
        "a session that waits is taken without its lock",
        &[(
            WAITING,
            "let lock = self.acquire(key, LockKind::Exclusive)?;",
            "let lock = self.acquire(key, LockKind::Shared)?;",
        )],
        &["warm"],
    ),
    mutant(
        "the lock file of a session that was taken over stays",
        &[(
            WAITING,
            "        let _ = lock.remove_name(unit, &lock_name);",
            "        let _ = &lock_name;",
        )],
        &["warm"],
    ),
    mutant(
        "what is known of a session that was taken over is not read",
        &[(PUBLISH, "    session.recall();\n", "")],
        &["warm"],
    ),
    mutant(
        "a session waits before it is described",
        &[(
            WARM,
            "        Ok(frames) => say_so(session.writing_mut(), &frames)?,",
            "        Ok(_) => {}",
        )],
        &["warm"],
    ),
    mutant(
        "nothing is paused for where times are coarse",
        &[(WARM, "        vfs.pause(pause);", "        let _ = pause;")],
        &["warm"],
    ),
    mutant(
        "files that are not the source's wait as linked ones",
        &[(
            UNTOUCHED,
            "            || items.all(|item| item.kind() != Kind::File || self.list.listed(item).is_inherited)",
            "            || items.all(|_| true)",
        )],
        &["warm"],
    ),
    mutant(
        "a collection takes what waits",
        &[(
            STEP,
            "                if is_wanted && self.policy.keeps_waiting && !self.one_waits.replace(true) {",
            "                if false {",
        )],
        &["warm"],
    ),
    mutant(
        "a collection keeps all that ever waited",
        &[(
            STEP,
            "let is_wanted = waits_for.is_some() && waits_for == newest;",
            "let is_wanted = waits_for.is_some();",
        )],
        &["warm"],
    ),
    mutant(
        "a collection keeps several that wait",
        &[(STEP, " && !self.one_waits.replace(true) {", " {")],
        &["warm"],
    ),
    mutant(
        "a unit in which one waits is in use for ever",
        &[(
            EVICT,
            "found.working && found.lock && is_waiting(unit, **key)",
            "found.working && found.lock && false && is_waiting(unit, **key)",
        )],
        &["warm"],
    ),
    mutant(
        "an eviction takes a session that is being written for one that waits",
        &[
            (
                EVICT,
                "            return Ok((!waits(lock)).then_some(Fate::Left(Why::InUse)));",
                "            return Ok(None);",
            ),
            (EVICT, "            let waits = waits(&lock);", "            let waits = true;"),
        ],
        &["warm"],
    ),
    mutant(
        "a directory that is listed is recorded as the source's",
        &[(
            SURVEY,
            "            let inode = if self.is_here { seen.stat.id.inode } else { 0 };",
            "            let inode = 0;",
        )],
        &["intact"],
    ),
];
