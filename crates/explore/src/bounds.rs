//! How far to look.

use std::hash::Hash;

use incrdir_vfs::{Fault, OpKind};

/// How the clock jumps, in seconds: longer than the usual grace, an hour, back by a little, by a day, to
/// before 1970, and past the end of ten digits of base 36.
pub(crate) const JUMPS: [i64; 6] = [11, 3600, -20, -86_400, -1_800_000_000, 1_990_000_000];

/// How far to look.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// How often a process that could go on may be made to wait for another one. [`u32::MAX`]: as often as
    /// there are calls.
    pub preemptions: u32,
    /// How many processes may be killed, anywhere.
    pub kills: u32,
    /// How often the recovery may be cut short at any of its calls: its process dies, or, where the power goes at all, that goes.
    /// Then it begins again.
    pub recovery_crashes: u32,
    /// How many calls may fail, each in any way that the disk's [`Profile`](incrdir_vfs::Profile) knows, once or from
    /// then on. They fail until all processes have ended.
    pub faults: u32,
    /// How often the clock may jump, forward or back, before it is looked at.
    pub jumps: u32,
    /// How often a process may draw the random number that was drawn last.
    pub collisions: u32,
    /// Whether a name that is made or removed during a listing may be missing from it or show in it.
    pub torn_listings: bool,
    /// How many calls a process may make in one run, those of the recovery as well: one that makes more goes round in circles
    /// (`NO-PROGRESS`).
    pub calls: u32,
    /// Stop after this many runs; with several workers, after about as many.
    pub executions: u64,
}

impl Default for Bounds {
    /// Every interleaving with torn listings, no death.
    fn default() -> Self {
        Self {
            preemptions: u32::MAX,
            kills: 0,
            recovery_crashes: 0,
            faults: 0,
            jumps: 0,
            collisions: 0,
            torn_listings: true,
            calls: 2000,
            executions: u64::MAX,
        }
    }
}

macro_rules! setters {
    ($($field:ident: $type:ty),*) => {
        impl Bounds {
            $(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
            pub fn $field(self, $field: $type) -> Self {
                Self { $field, ..self }
            }
        )*

            /// As code: what is not as it is by default.
            pub(crate) fn spelled(&self) -> String {
                let default = Self::default();
                let mut spelled = "Bounds::default()".to_string();
                $(if self.$field != default.$field {
                    spelled += &format!(concat!(".", stringify!($field), "({})"), self.$field);
                })*
                spelled
            }
        }
    };
}

setters!(
    preemptions: u32,
    kills: u32,
    recovery_crashes: u32,
    faults: u32,
    jumps: u32,
    collisions: u32,
    torn_listings: bool,
    calls: u32,
    executions: u64
);

/// What may still go wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Left {
    pub(crate) preemptions: u32,
    pub(crate) kills: u32,
    pub(crate) deaths: u32,
    pub(crate) faults: u32,
    pub(crate) jumps: u32,
    pub(crate) collisions: u32,
    /// Calls of this kind fail like this from now on.
    pub(crate) lasting: Option<(OpKind, Fault)>,
    pub(crate) torn_listings: bool,
    /// For each process.
    pub(crate) calls: u32,
}

impl Left {
    pub(crate) fn all_of(bounds: &Bounds) -> Self {
        let Bounds { preemptions, kills, faults, jumps, collisions, torn_listings, calls, .. } =
            *bounds;
        Self {
            preemptions,
            kills,
            deaths: 0,
            faults,
            jumps,
            collisions,
            lasting: None,
            torn_listings,
            calls,
        }
    }

    /// The recovery is undisturbed, and comes to an end like everybody.
    pub(crate) fn of_recovery(&self) -> Self {
        let undisturbed = Bounds::default().torn_listings(false).calls(self.calls);
        Self::all_of(&undisturbed)
    }

    /// Whether switching has a price.
    pub(crate) fn counts_preemptions(&self) -> bool {
        self.preemptions < u32::MAX / 2
    }
}
