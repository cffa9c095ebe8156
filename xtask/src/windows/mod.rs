//! `cargo xtask windows`: the tests and the command, built for Windows and run under Wine.

mod known;
mod means;
mod programs;
mod wine;

use std::time::Instant;

use self::known::{KNOWN, Known};
use self::means::{Means, Missing};
use self::programs::{Outcome, Program, Ran, build};
use self::wine::Wine;
use crate::shell::Result;

/// Runs all of it, or the programs whose names contain one of the words, installing what is missing.
pub(crate) fn windows(words: &[&str]) -> Result {
    run(Missing::Install, words)
}

/// The same where nothing is missing.
#[expect(dead_code, reason = "for CI, once all of it passes")]
pub(crate) fn if_installed() -> Result {
    run(Missing::Leave, &[])
}

fn run(missing: Missing, words: &[&str]) -> Result {
    let means = match Means::find(missing) {
        Ok(means) => means,
        Err(why) => {
            println!("NOT RUN: Windows ({why})");
            return Ok(());
        }
    };
    let start = Instant::now();
    let programs = build(&means)?;
    let wine = Wine::prepare(&means)?;
    println!("built in {:.1} s", start.elapsed().as_secs_f64());
    let is_meant = |program: &Program| {
        words.is_empty() || words.iter().any(|word| program.name.contains(word))
    };
    let mut sum = Sum::default();
    for program in programs.iter().filter(|program| is_meant(program)) {
        sum.add(&program.name, &program.run(&wine)?);
    }
    sum.tell(start)
}

/// What came of all programs so far.
#[derive(Default)]
struct Sum {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// What is wrong, a line each.
    wrong: Vec<String>,
}

impl Sum {
    fn add(&mut self, name: &str, ran: &Ran) {
        let known: Vec<&Known> = KNOWN.iter().filter(|known| known.program == name).collect();
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        let mut notes = Vec::new();
        let mut is_wrong = false;
        for (test, outcome) in &ran.tests {
            let known = known.iter().find(|known| known.test == test);
            match (outcome, known) {
                (Outcome::Passed, None) => passed += 1,
                (Outcome::Passed, Some(_)) => {
                    passed += 1;
                    self.wrong.push(format!("{name}: {test} is listed as failing, and passed"));
                }
                (Outcome::Failed, Some(known)) => {
                    skipped += 1;
                    notes.push(format!("fails under Wine: {test} ({})", known.why));
                }
                (Outcome::Failed, None) => {
                    failed += 1;
                    is_wrong = true;
                    self.wrong.push(format!("{name}: {test} failed"));
                }
                (Outcome::Ignored(reason), _) => {
                    skipped += 1;
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
        println!("{seconds:6.1} s  {name}: {passed} passed, {failed} failed, {skipped} skipped");
        notes.iter().for_each(|note| println!("          {note}"));
        if ran.tests.is_empty() && ran.broken.is_none() {
            println!("          no tests: all of them are for Unix");
        }
        if is_wrong {
            println!("{}", ran.printed);
        }
        self.passed += passed;
        self.failed += failed;
        self.skipped += skipped;
    }

    fn tell(&self, start: Instant) -> Result {
        println!("Windows, under Wine, in {:.1} s:", start.elapsed().as_secs_f64());
        println!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
        self.wrong.iter().for_each(|wrong| println!("WRONG: {wrong}"));
        match self.wrong.len() {
            0 => Ok(()),
            count => Err(format!("Windows: {count} things are wrong").into()),
        }
    }
}
