//! All decisions of a run, in one place.

/// Decisions to follow, and then either plain ones or random ones; and those that were taken.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    ahead: Vec<u16>,
    taken: Vec<Choice>,
    luck: Option<Luck>,
    /// Whose turn it is by priority, if not by luck alone.
    priorities: Option<Priorities>,
    /// Random runs take no decisions of these kinds but the plain ones, and no faults of these numbers.
    muted: Muted,
    /// The first decision that could not be followed: the code has other choices there than it had.
    diverged: Option<usize>,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// How a call fails.
    Fault,
    /// Whether a process dies in the middle of a call.
    Death,
    /// Whether a name shows in a listing.
    Listing,
    /// How the clock jumps.
    Time,
    /// Whether a draw is what was drawn last.
    Random,
    /// Whether a lock overlooks a holder.
    Lock,
}

/// Every random run switches a random half of all that can go wrong off: else each of them ends early, by the same
/// few mishaps (Groce and others, *Swarm Testing*, 2012).
#[derive(Debug, Clone, Copy, Default)]
struct Muted {
    kinds: u8,
    faults: u64,
}

/// PCT (Burckhardt and others, *A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs*, 2010):
/// always the process of the highest priority, which loses it at a few steps chosen beforehand. A bug that
/// takes d such steps is found with a probability of at least 1 / (n * k^(d-1)) a run, for n processes and k
/// calls.
#[derive(Debug)]
struct Priorities {
    of: Vec<u64>,
    changes: Vec<u64>,
    step: u64,
    lowest: u64,
}

/// One decision.
#[derive(Debug, Clone, Copy)]
struct Choice {
    taken: u16,
    of: u16,
}

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug)]
struct Luck(u64);

impl Tape {
    /// Follows these decisions, then takes the plain ones.
    pub(crate) fn following(ahead: Vec<u16>) -> Self {
        Self { ahead, ..Self::default() }
    }

    /// Takes random decisions.
    pub(crate) fn random(seed: u64) -> Self {
        let mut luck = Luck(seed);
        // One run in four mutes nothing.
        let muted = match luck.next() {
            bits if bits.is_multiple_of(4) => Muted::default(),
            bits => Muted { kinds: (bits >> 8) as u8, faults: luck.next() },
        };
        Self { luck: Some(luck), muted, ..Self::default() }
    }

    /// Takes random decisions, and turns by priorities that change `depth` times within `steps` calls.
    pub(crate) fn by_priority(seed: u64, depth: u32, steps: u64) -> Self {
        let mut tape = Self::random(seed);
        let luck = tape.luck.as_mut().expect("BUG: it is random");
        let changes = (0..depth).map(|_| luck.next() % steps.max(1)).collect();
        let priorities = Priorities { of: Vec::new(), changes, step: 0, lowest: u64::MAX / 2 };
        Self { priorities: Some(priorities), ..tape }
    }

    /// Decides whose turn it is, or which of some rare things happens instead: the turns come first, and of these
    /// the one that goes on.
    pub(crate) fn schedule(&mut self, turns: &[usize], rare: usize) -> usize {
        let of = turns.len() + rare;
        if of <= 1 {
            return 0;
        }
        let (priorities, luck) = (&mut self.priorities, self.luck.as_mut());
        let wish = luck.map(|luck| {
            if rare > 0 && luck.next().is_multiple_of(RARE) {
                return turns.len() + usize::from(luck.below(rare as u16));
            }
            match priorities {
                None => luck.below(turns.len() as u16).into(),
                Some(priorities) => priorities.pick(turns, luck),
            }
        });
        self.take(of, wish)
    }

    /// Decides among `of` possibilities; 0 is the plain one. Luck takes it mostly where there are many.
    pub(crate) fn choose(&mut self, kind: Kind, of: usize) -> usize {
        if of <= 1 {
            return 0;
        }
        let muted = self.muted;
        let wish = self.luck.as_mut().map(|luck| {
            let is_dull = of > 2 && !luck.next().is_multiple_of(RARE);
            let wish = if is_dull { 0 } else { usize::from(luck.below(of as u16)) };
            if muted.mutes(kind, wish) { 0 } else { wish }
        });
        self.take(of, wish)
    }

    fn take(&mut self, of: usize, wish: Option<usize>) -> usize {
        let of = u16::try_from(of).expect("BUG: a decision among a few");
        let ahead = self.ahead.get(self.taken.len()).copied();
        if ahead.is_some_and(|ahead| ahead >= of) {
            self.diverged.get_or_insert(self.taken.len());
        }
        let taken = match (ahead, wish) {
            (Some(ahead), _) => ahead.min(of - 1),
            (None, Some(wish)) => wish as u16,
            (None, None) => 0,
        };
        self.taken.push(Choice { taken, of });
        usize::from(taken)
    }

    /// The first decision to follow.
    pub(crate) fn first(&self) -> u16 {
        self.ahead.first().copied().unwrap_or_default()
    }

    /// The first decision that could not be followed, from 0: there were fewer choices, or the run ended before it.
    pub(crate) fn diverged(&self) -> Option<usize> {
        let is_unused = self.ahead.iter().skip(self.taken.len()).any(|decision| *decision > 0);
        self.diverged.or(is_unused.then_some(self.taken.len()))
    }

    /// The decisions that were taken.
    pub(crate) fn taken(&self) -> impl Iterator<Item = u16> {
        self.taken.iter().map(|choice| choice.taken)
    }

    /// The next tape in order: the last decision that had another possibility takes it.
    pub(crate) fn next(mut self) -> Option<Self> {
        while let Some(choice) = self.taken.pop() {
            if choice.taken + 1 < choice.of {
                let mut ahead: Vec<_> = self.taken().collect();
                ahead.push(choice.taken + 1);
                return Some(Self::following(ahead));
            }
        }
        None
    }
}

impl Muted {
    fn mutes(self, kind: Kind, wish: usize) -> bool {
        let is_off = |bits: u64, bit: usize| bits >> (bit % 64) & 1 == 1;
        is_off(self.kinds.into(), kind as usize) || kind == Kind::Fault && is_off(self.faults, wish)
    }
}

/// One in this many of the decisions that could end a run early is taken.
const RARE: u64 = 48;

impl Priorities {
    fn pick(&mut self, turns: &[usize], luck: &mut Luck) -> usize {
        let highest = turns.iter().max().map_or(0, |highest| highest + 1);
        while self.of.len() < highest {
            self.of.push(u64::MAX / 2 + luck.next() / 2);
        }
        let best = |of: &[u64]| (0..turns.len()).max_by_key(|turn| of[turns[*turn]]).unwrap_or(0);
        if self.changes.contains(&self.step) {
            self.lowest -= 1;
            let loser = turns[best(&self.of)];
            self.of[loser] = self.lowest;
        }
        self.step += 1;
        best(&self.of)
    }
}

impl Luck {
    fn below(&mut self, of: u16) -> u16 {
        (self.next() % u64::from(of.max(1))) as u16
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tapes_are_run_through_in_order() {
        let mut seen = Vec::new();
        let mut tape = Some(Tape::default());
        while let Some(mut now) = tape {
            // A second decision only after the first two possibilities of the first.
            let first = now.choose(Kind::Time, 3);
            let second =
                if first < 2 { now.choose(Kind::Time, 2) } else { now.choose(Kind::Time, 1) };
            seen.push((first, second));
            tape = now.next();
        }
        assert_eq!(seen, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]);
    }
}
