//! How a failing tape is made simple.
//!
//! Deleting decisions and making them plain both lead to simpler runs, because 0 is always the plain answer
//! (MacIver and Donaldson, *Test-Case Reduction via Test-Case Generation*, 2020).

/// Tries to replace the tape by smaller ones until none of them fails any more. `fails` says whether a tape
/// does, and which of its decisions were taken.
pub(crate) fn shrunk<T>(
    mut tape: Vec<u16>,
    mut fails: impl FnMut(&[u16]) -> Option<(Vec<u16>, T)>,
) -> Option<T> {
    let mut best = None;
    loop {
        let before = tape.clone();
        let mut size = tape.len().next_power_of_two();
        while size > 0 {
            let mut from = 0;
            while from < tape.len() {
                let to = (from + size).min(tape.len());
                let mut accepts = |candidate: Vec<u16>, tape: &mut Vec<u16>| {
                    if !is_simpler(&candidate, tape) {
                        return false;
                    }
                    let Some((taken, found)) = fails(&candidate) else { return false };
                    if !is_simpler(&taken, tape) {
                        return false;
                    }
                    *tape = taken;
                    best = Some(found);
                    true
                };
                let without = [&tape[..from], &tape[to..]].concat();
                let mut plain = tape.clone();
                plain[from..to].fill(0);
                let mut lower = tape.clone();
                lower[from..to].iter_mut().for_each(|choice| *choice = (*choice).min(1));
                let mut one_less = tape.clone();
                one_less[from..to].iter_mut().for_each(|choice| *choice = choice.saturating_sub(1));
                let is_shrunk = [without, plain, lower, one_less]
                    .into_iter()
                    .any(|candidate| accepts(candidate, &mut tape));
                if !is_shrunk {
                    from = to;
                }
            }
            size /= 2;
        }
        if tape == before {
            return best;
        }
    }
}

/// Fewer decisions that are not plain, then lower ones, then a shorter tape.
fn is_simpler(a: &[u16], b: &[u16]) -> bool {
    let measure = |tape: &[u16]| {
        let decided = tape.iter().filter(|choice| **choice > 0).count();
        let sum: u64 = tape.iter().copied().map(u64::from).sum();
        (decided, sum, tape.len())
    };
    measure(a) < measure(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_goes() {
        // Fails if a 3 comes some time after a 2.
        let fails = |tape: &[u16]| {
            let two = tape.iter().position(|choice| *choice == 2)?;
            tape[two..].contains(&3).then(|| (tape.to_vec(), tape.to_vec()))
        };
        let found = shrunk(vec![1, 0, 5, 2, 0, 0, 7, 1, 3, 3, 0, 9], fails).unwrap();
        assert_eq!(found, [2, 3]);
        assert_eq!(shrunk(vec![2, 3], fails), None, "it is as simple as it gets");
    }
}
