//! Times: how fine they are kept, and whether they move at once.

use std::time::{Duration, SystemTime};

use incrdir_lockfs::{Create, Way, create_locked};
use incrdir_vfs::Vfs;

use crate::Untried;
use crate::bench::{Bench, name};
use crate::trial::Trial;

/// Steps that file systems have, the longest first.
const STEPS: [Duration; 7] = [
    Duration::from_secs(2),
    Duration::from_secs(1),
    Duration::from_millis(10),
    Duration::from_millis(1),
    Duration::from_micros(1),
    Duration::from_nanos(100),
    Duration::from_nanos(1),
];

/// Two times that are multiples of none of these but the last. The second one is odd in seconds.
const TIMES: [Duration; 2] =
    [Duration::new(1_600_000_000, 123_456_789), Duration::new(1_600_000_001, 987_654_321)];

/// How often a moment may be a bad one.
const ATTEMPTS: usize = 5;

/// In which steps times are kept, as far as they can be set.
pub(crate) fn step<V: Vfs>(bench: &Bench<'_, V>) -> Trial<Duration> {
    let a = name("a");
    let file = bench.file(&a, b"content")?;
    let mut kept = Vec::new();
    for time in TIMES {
        let set = bench.vfs.set_mtime(&file, SystemTime::UNIX_EPOCH + time);
        set.map_err(bench.no("set the time of", &a))?;
        let shown = bench.stat(&a)?.mtime;
        kept.push(shown.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| Untried::NotTold)?);
    }
    let is_kept_in =
        |step: &&Duration| kept.iter().all(|time| time.as_nanos() % step.as_nanos() == 0);
    STEPS.iter().find(is_kept_in).copied().ok_or(Untried::NotTold)
}

/// Whether a change that follows a look at once gets another ctime, as beginning a session finds out by its lock file. Where no
/// rename refuses to replace, beginning does not see it, so it is not relied on.
pub(crate) fn move_at_once<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (birth, lock) = (name("birth"), name("lock"));
    for _ in 0..ATTEMPTS {
        let mut way = Way::default();
        match create_locked(bench.vfs, bench.dir, &birth, &lock, b"content", &mut way) {
            Ok(Create::Locked(held)) => {
                let shows = held.shows_every_change();
                held.remove(bench.dir, &lock)?;
                if shows {
                    return Ok(true);
                }
            }
            Ok(Create::Taken) => {}
            Err(incrdir_lockfs::Error::Io(error)) => return Err(error.into()),
            Err(_) => return Err(Untried::Lacking("locks")),
        }
    }
    Ok(false)
}
