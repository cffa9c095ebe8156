//! What a scenario with a store is: who does what, and what is there before.

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::time::Duration;

use incrdir_naming::{Hash, Key, SessionName, UnitName};
use incrdir_remote::internals::Files;
use incrdir_remote::{Address, StorePolicy};

use crate::usual::timestamp;

/// Who uses a store, and what was done to it before.
#[derive(Debug, Clone)]
pub struct StoreScenario {
    /// What it is called in tables.
    pub name: &'static str,
    /// What was done before, one after the other.
    pub before: &'static [Actor],
    /// What the processes do.
    pub actors: &'static [Actor],
    /// Whether listings show what was there when the one before was made.
    pub lags: bool,
    /// Whether calls fail: then a push need not succeed.
    pub fails: bool,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Pushes the session of this number.
    Push(u8),
    /// Collects, and keeps this many sessions.
    Collect(usize),
    /// The same again and again, so often.
    CollectAgain(usize, u8),
    /// Pulls.
    Pull,
    /// The manifest of the session of this number arrives, which was sent so long ago that its writer is dead.
    Late(u8),
    /// Lets so many tenths of the grace pass.
    Wait(u32),
    /// Sends the objects of this session, and dies before its manifest: only before the processes begin.
    HalfPush(u8),
    /// Writes a note of all objects: only before the processes begin.
    Note,
}

/// Short enough for a clock that stands still between calls, long enough for it to be coarse.
pub(super) const GRACE: Duration = Duration::from_secs(1_000);

/// Where the bytes of a manifest are until it arrives: no key of the store.
pub(super) const LATE: &str = "late";

/// The unit in which everything happens.
pub(super) fn unit() -> &'static UnitName {
    static UNIT: LazyLock<UnitName> =
        LazyLock::new(|| UnitName::new("u", 7).expect("BUG: a good name"));
    &UNIT
}

pub(super) fn address() -> Address {
    let scope = "m".parse().expect("BUG: a good scope");
    Address::new(unit().clone(), scope).grace(GRACE)
}

pub(super) fn policy(keep: usize) -> StorePolicy {
    let keep = NonZeroUsize::new(keep).expect("BUG: something is kept");
    StorePolicy::default().keep(keep).grace(GRACE).max_percent(100)
}

/// The session of a number: a later one for a greater number.
pub(super) fn session(number: u8) -> SessionName {
    Key::new(timestamp(number.into()), number.into()).published(Hash::new(number.into()))
}

/// What is in the session of a number. Session 1 has `a`, 2 has `b`, 3 has both, 4 has `a` and a file of its own.
pub(super) fn files(number: u8) -> Files {
    let file = |name: &str| (name.to_owned(), format!("the content of {name}").into_bytes());
    match number {
        1 => vec![file("a")],
        2 => vec![file("b")],
        3 => vec![file("a"), file("b")],
        _ => vec![file("a"), file("d")],
    }
}

impl StoreScenario {
    /// Whether half of the grace may pass while somebody pushes.
    pub(super) fn is_slow(&self) -> bool {
        let wait = |actor: &Actor| if let Actor::Wait(tenths) = actor { *tenths } else { 0 };
        self.actors.iter().map(wait).sum::<u32>() >= 5
    }
}
