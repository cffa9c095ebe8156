//! `cargo xtask windows`: the tests and the command, built for Windows and run under Wine.

mod known;
mod means;
mod programs;
mod wine;

use std::time::Instant;

use self::known::{How, KNOWN, Known};
use self::means::Means;
use self::programs::{Extent, Outcome, Ran, build};
use self::wine::Wine;
use crate::aside::Missing;
use crate::shell::Result;
use crate::test_programs::{Count, Program};

/// Runs all of it, or the programs whose names contain one of the words, installing what is missing.
pub(crate) fn windows(words: &[&str]) -> Result {
    run(Missing::Install, Extent::All, words)
}

/// What came of each program. The error says what is missing and cannot be had.
pub(crate) fn counts(
    missing: Missing,
) -> std::result::Result<Result<Vec<(String, Count)>>, String> {
    Ok(run_all(&Means::find(missing)?, Extent::All, &[]))
}

/// What CI runs: the larger part in less than half of the time, where nothing is missing.
pub(crate) fn if_installed() -> Result {
    run(Missing::Leave, Extent::WithoutLargest, &[])
}

fn run(missing: Missing, extent: Extent, words: &[&str]) -> Result {
    let means = match Means::find(missing) {
        Ok(means) => means,
        Err(why) => {
            println!("NOT RUN: Windows ({why})");
            return Ok(());
        }
    };
    run_all(&means, extent, words).map(drop)
}

fn run_all(means: &Means, extent: Extent, words: &[&str]) -> Result<Vec<(String, Count)>> {
    let start = Instant::now();
    let programs = build(means, extent)?;
    let wine = Wine::prepare(means)?;
    println!("built in {:.1} s", start.elapsed().as_secs_f64());
    let is_meant = |program: &Program| {
        words.is_empty() || words.iter().any(|word| program.name.contains(word))
    };
    let mut sum = Sum::default();
    for program in programs.iter().filter(|program| is_meant(program)) {
        let known: Vec<&Known> =
            KNOWN.iter().filter(|known| known.program == program.name).collect();
        let (lasting, failing) =
            known.into_iter().partition::<Vec<_>, _>(|known| known.how == How::Lasts);
        let left_out: Vec<&str> = lasting.iter().map(|known| known.test).collect();
        sum.add(&program.name, &program.run(&wine, &left_out)?, &failing, &lasting);
    }
    drop(wine);
    sum.tell(start)?;
    Ok(sum.programs)
}

/// What came of all programs so far.
#[derive(Default)]
struct Sum {
    all: Count,
    programs: Vec<(String, Count)>,
    /// What is wrong, a line each.
    wrong: Vec<String>,
}

impl Sum {
    fn add(&mut self, name: &str, ran: &Ran, known: &[&Known], left_out: &[&Known]) {
        let mut count = Count { skipped: left_out.len(), ..Count::default() };
        let not_run = |known: &&Known| format!("not run: {} ({})", known.test, known.why);
        let mut notes: Vec<_> = left_out.iter().map(not_run).collect();
        let mut is_wrong = false;
        for (test, outcome) in &ran.tests {
            let known = known.iter().find(|known| known.test == test);
            match (outcome, known) {
                (Outcome::Passed, None) => count.passed += 1,
                (Outcome::Passed, Some(_)) => {
                    count.passed += 1;
                    self.wrong.push(format!("{name}: {test} is listed as failing, and passed"));
                }
                (Outcome::Failed, Some(known)) => {
                    count.skipped += 1;
                    notes.push(format!("fails: {test} ({})", known.why));
                }
                (Outcome::Failed, None) => {
                    count.failed += 1;
                    is_wrong = true;
                    self.wrong.push(format!("{name}: {test} failed"));
                }
                (Outcome::Ignored(reason), _) => {
                    count.skipped += 1;
                    notes.push(format!("skipped: {test} ({reason})"));
                }
            }
        }
        for known in known {
            if !ran.tests.contains_key(known.test) {
                self.wrong.push(format!("{name}: {} is listed, and there is none", known.test));
            }
        }
        if let Some(how) = &ran.broken {
            is_wrong = true;
            self.wrong.push(format!("{name}: {how}"));
        }
        let seconds = ran.took.as_secs_f64();
        println!("{seconds:6.1} s  {name}: {count}");
        notes.iter().for_each(|note| println!("          {note}"));
        if ran.tests.is_empty() && ran.broken.is_none() {
            println!("          no tests: all of them are for Unix");
        }
        if is_wrong {
            println!("{}", ran.printed);
        }
        self.all.add(count);
        self.programs.push((name.into(), count));
    }

    fn tell(&self, start: Instant) -> Result {
        println!("Windows, under Wine, in {:.1} s:", start.elapsed().as_secs_f64());
        println!("{}", self.all);
        self.wrong.iter().for_each(|wrong| println!("WRONG: {wrong}"));
        match self.wrong.len() {
            0 => Ok(()),
            count => Err(format!("Windows: {count} things are wrong").into()),
        }
    }
}
