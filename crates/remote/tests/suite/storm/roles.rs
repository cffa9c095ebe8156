//! What the processes of a storm do, until they are killed.

use std::num::NonZeroUsize;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use incrdir_naming::Hash;
use incrdir_remote::{
    Error, Objects, PullOptions, PushOptions, Pushed, Store, StorePolicy, Unfit, collect, pull,
    push,
};
use incrdir_session::{BeginOptions, Published, Reading, Unrecorded, begin, publish, read};
use incrdir_vfs::{CapDir, CapVfs, Chain};

use super::content::{change, verify};
use super::log::Log;
use crate::format::Manifest;
use crate::world::{address, unit};

/// Who a process is: `writer`, `collector` or `reader`.
pub(super) const ROLE: &str = "INCRDIR_STORM";
/// The URL of the store, the cache directory of the machine, and the log.
pub(super) const STORE: &str = "INCRDIR_STORM_STORE";
pub(super) const ROOT: &str = "INCRDIR_STORM_ROOT";
pub(super) const LOG: &str = "INCRDIR_STORM_LOG";
/// In seconds.
pub(super) const GRACE: &str = "INCRDIR_STORM_GRACE";

/// Sessions that collections keep.
const KEEP: usize = 4;

struct Stage {
    store: Objects,
    root: PathBuf,
    log: Log,
    grace: Duration,
}

pub(super) fn play() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let var = |name: &str| std::env::var(name).expect("the driver sets it");
    let mut stage = Stage {
        store: Objects::open(&var(STORE)).unwrap(),
        root: var(ROOT).into(),
        log: Log::open(Path::new(&var(LOG))),
        grace: Duration::from_secs(var(GRACE).parse().unwrap()),
    };
    // Nobody kills what has lost its driver.
    let driver = parent_id();
    while parent_id() == driver {
        match &*role {
            "writer" => write(&mut stage),
            "collector" => tidy(&mut stage),
            "reader" => look(&mut stage),
            other => panic!("no such role: {other}"),
        }
    }
}

fn options() -> BeginOptions {
    BeginOptions::new("storm").digests(true)
}

/// Pulls, changes, publishes, pushes.
fn write(stage: &mut Stage) {
    let (vfs, root) = CapVfs::open_ambient_dir(&stage.root).unwrap();
    if stage.store.random().is_multiple_of(2) {
        fetch(stage, &vfs, &root);
    }
    let session = begin(&vfs, &root, &unit(), &options()).unwrap();
    let index = match session.report().source {
        Some(_) => verify(session.path()),
        None => Ok(Default::default()),
    };
    let index = match index {
        Ok(index) => index,
        Err(wrong) => return stage.log.note("wrong", format!("seeded: {wrong}")),
    };
    change(session.path(), index, &mut || stage.store.random());
    let Published { name, .. } = publish(session, Hash::new(1)).unwrap();
    let Reading::Found(snapshot) = read(&vfs, &root, &unit(), Unrecorded::Refuse).unwrap() else {
        return stage.log.note("wrong", "what was published is not there");
    };
    let address = address().grace(stage.grace);
    match push(&snapshot, &stage.store, &address, &PushOptions::new("storm"), &mut |_| {}) {
        Ok(Pushed::Now(_)) => stage.log.note("pushed", name),
        Ok(Pushed::Before) => stage.log.note("before", name),
        Err(Error::Overtaken) => stage.log.note("overtaken", name),
        Err(Error::TooSlow { .. }) => stage.log.note("slow", name),
        Err(error) => stage.log.note("wrong", format!("push: {}", Chain(&error))),
    }
}

/// Pulls what is newest.
fn fetch(stage: &mut Stage, vfs: &CapVfs, root: &CapDir) {
    let options = PullOptions::new(options());
    let address = address().grace(stage.grace);
    let pulled = pull(vfs, root, &stage.store, &address, &options, &mut |_| {});
    let pulled = match pulled {
        Ok(pulled) => pulled,
        Err(error) => return stage.log.note("wrong", format!("pull: {}", Chain(&error))),
    };
    for (_, session, why) in &pulled.unfit {
        match why {
            Unfit::Gone => stage.log.note("gone", session),
            why => stage.log.note("wrong", format!("{session} is unfit: {}", Chain(why))),
        }
    }
    let Some(fetched) = pulled.fetched else { return };
    let Reading::Found(snapshot) = read(vfs, root, &unit(), Unrecorded::Refuse).unwrap() else {
        return stage.log.note("wrong", "what was pulled is not there");
    };
    match verify(snapshot.path()) {
        Ok(_) => stage.log.note("pulled", fetched.remote),
        Err(wrong) => stage.log.note("wrong", format!("{} as pulled: {wrong}", fetched.remote)),
    }
}

fn tidy(stage: &mut Stage) {
    let keep = NonZeroUsize::new(KEEP).unwrap();
    let policy = StorePolicy::default().keep(keep).grace(stage.grace).max_percent(100);
    match collect(&stage.store, &unit(), &policy) {
        Ok(swept) => {
            stage.log.note("collected", swept.deleted);
            stage.log.note("expired", swept.expired.len());
            if !swept.broken.is_empty() {
                stage.log.note("broken", format!("{:?}", swept.broken));
            }
        }
        Err(error) => stage.log.note("wrong", format!("collect: {}", Chain(&error))),
    }
    sleep(Duration::from_millis(stage.store.random() % 100));
}

/// Looks at all that is listed, and pulls the newest onto a new machine.
fn look(stage: &mut Stage) {
    let dir = tempfile::tempdir_in(&stage.root).unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(dir.path()).unwrap();
    fetch(stage, &vfs, &root);
    let top = format!("1/{}/", unit());
    for stored in stage.store.list(&top).unwrap() {
        match is_whole(&stage.store, &stored.key) {
            Ok(true) => stage.log.note("checked", stored.key),
            Ok(false) => stage.log.note("gone", stored.key),
            Err(wrong) => stage.log.note("wrong", format!("{}: {wrong}", stored.key)),
        }
    }
}

/// Whether all that a listed session needs is there and is what its name says. `false`: it was removed meanwhile.
pub(super) fn is_whole(store: &Objects, key: &str) -> Result<bool, String> {
    let get = |key: &str| store.get(key, 8 << 20).map_err(|error| Chain(&error).to_string());
    let Some(bytes) = get(key)? else { return Ok(false) };
    let manifest = Manifest::decode(&bytes);
    for (object, at) in manifest.objects.iter().zip(manifest.objects()) {
        let Some(bytes) = get(&at)? else {
            // As long as it is listed. Whoever has begun to pull has the grace from then on, and needs less here.
            return Err(format!("{at} is missing; listed: {}", get(key)?.is_some()));
        };
        let whole = zstd::stream::decode_all(&bytes[..]).unwrap_or_default();
        if *blake3::hash(&whole).as_bytes() != object.digest {
            return Err(format!("{at} is damaged"));
        }
    }
    Ok(true)
}
