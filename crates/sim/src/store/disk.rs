//! What is in the store before anybody begins.

use incrdir_remote::internals::{manifest_key, object_of, push_files, write_note};
use incrdir_remote::{Store, collect};
use incrdir_vfs::{MemDisk, Profile, Vfs};

use super::scenario::{Actor, GRACE, LATE, StoreScenario, address, files, policy, session, unit};
use super::simulated::Simulated;

pub(super) fn make(scenario: &StoreScenario) -> MemDisk {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let store = Simulated::new(&vfs, vfs.root(), 0);
    // Whoever asks for the time finds that somebody has asked before, where listings lag behind.
    for key in ["1/t/u-0000000000007/m", "1/t/u-0000000000007/collections"] {
        store.put(key, b"").expect("an empty disk takes it");
    }
    for actor in scenario.before {
        let done = match *actor {
            Actor::Push(number) => {
                let pushed = push_files(&store, &address(), session(number), &files(number));
                if scenario.actors.contains(&Actor::Late(number)) {
                    let key = manifest_key(unit(), &address().scope, session(number));
                    let sent = store.get(&key, usize::MAX).expect("read").expect("pushed");
                    store.put(LATE, &sent).expect("kept");
                }
                pushed.map(drop)
            }
            Actor::Collect(keep) => collect(&store, unit(), &policy(keep)).map(drop),
            Actor::HalfPush(number) => {
                let pushed = push_files(&store, &address(), session(number), &files(number));
                let manifests = store.list("1/u-0000000000007/").expect("listed");
                let newest = manifests.last().expect("pushed").key.clone();
                store.delete(&newest).expect("deleted");
                pushed.map(drop)
            }
            Actor::Note => {
                let objects = store.list("1/o/u-0000000000007/").expect("listed");
                let names = objects.iter().filter_map(|stored| object_of(unit(), &stored.key));
                write_note(&store, unit(), names)
            }
            Actor::Wait(tenths) => {
                vfs.pause(GRACE / 10 * tenths);
                Ok(())
            }
            Actor::CollectAgain(..) | Actor::Pull | Actor::Late(_) => Ok(()),
        };
        done.expect("nothing goes wrong before the beginning");
    }
    drop(store);
    drop(vfs);
    disk
}
