//! `cargo xtask bench tracing`: what it costs that everything is told to `tracing`.
//!
//! The same sessions, in memory, by a program in which nothing can be told (`tracing/max_level_off`), by the usual one to which
//! nobody listens, and by the usual one with subscribers: in turns, so that what else the machine does meets all of them. Times of a
//! machine that has other work to do tell apart a few per cent; instructions, where valgrind counts them, much less.

use std::path::PathBuf;

use crate::shell::{Result, cargo, command, has, output, run, top};

/// Sessions of one turn, and of a count of instructions.
const PAIRS: [&str; 2] = ["2000", "200"];

struct Contender {
    name: &'static str,
    program: String,
    level: &'static str,
    nanos: Vec<f64>,
}

/// `rounds`: turns of each.
pub(crate) fn bench(rounds: &str) -> Result {
    let rounds: usize = rounds.parse()?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), PathBuf::from);
    let silent_target = target.join("untraced");
    let build = ["build", "--quiet", "--release", "-p", "incrdir-sim", "--bin", "listening"];
    run(cargo().args(build))?;
    let mut silent = cargo();
    silent.args(build).args(["--features", "tracing/max_level_off"]);
    run(silent.env("CARGO_TARGET_DIR", &silent_target))?;
    let program = |target: &PathBuf| target.join("release/listening").display().to_string();
    let contender = |name, target, level| Contender {
        name,
        program: program(target),
        level,
        nanos: Vec::new(),
    };
    let mut contenders = [
        contender("nothing compiled", &silent_target, "off"),
        contender("nobody listens", &target, "off"),
        contender("info, formatted", &target, "info"),
        contender("trace, formatted", &target, "trace"),
    ];
    for _ in 0..rounds {
        for contender in &mut contenders {
            let told = output(command(&contender.program).args([PAIRS[0], contender.level]))?;
            contender.nanos.push(told.trim().parse()?);
        }
    }
    println!("{rounds} turns of {} sessions each, in memory: begin, publish and collect", PAIRS[0]);
    println!(
        "{:18} {:>10} {:>26} {:>14}  against the first",
        "", "median", "turn by turn (10 to 90 %)", "instructions"
    );
    let first = contenders[0].nanos.clone();
    let mut instructions_of_first = None;
    for contender in &contenders {
        let pairs = contender.nanos.iter().zip(&first);
        let ratios = quantiles(pairs.map(|(nanos, first)| nanos / first).collect());
        let [median, ..] = quantiles(contender.nanos.clone());
        let micros = median / 1e3 / PAIRS[0].parse::<f64>()?;
        let instructions = instructions(contender)?;
        let base = *instructions_of_first.get_or_insert(instructions);
        let counted = match (instructions, base) {
            (Some(instructions), Some(base)) => format!("{:.4}", instructions / base),
            _ => "not counted".into(),
        };
        let [ratio, low, high] = ratios;
        println!(
            "{:18} {micros:>7.1} us {:>26} {counted:>14}",
            contender.name,
            format!("{ratio:.3} ({low:.3} to {high:.3})")
        );
    }
    if !has("valgrind") {
        println!("NOT RUN: instructions (there is no valgrind)");
    }
    Ok(())
}

/// Median, and what a tenth lies below and above.
fn quantiles(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    [0.5, 0.1, 0.9].map(|quantile| {
        let index = (numbers.len().saturating_sub(1) as f64 * quantile).round();
        numbers.get(index as usize).copied().unwrap_or(f64::NAN)
    })
}

/// Instructions of a session: those of many without those of none.
fn instructions(contender: &Contender) -> Result<Option<f64>> {
    if !has("valgrind") {
        return Ok(None);
    }
    let count = |pairs: &str| -> Result<f64> {
        let mut valgrind = command("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let counted = valgrind.args([&contender.program, pairs, contender.level]).output()?;
        let told = String::from_utf8_lossy(&counted.stderr).into_owned();
        let number = told.lines().find_map(|line| line.split_once("Collected : "));
        let (_, number) = number.ok_or(format!("valgrind counted nothing: {told}"))?;
        Ok(number.trim().parse()?)
    };
    Ok(Some(count(PAIRS[1])? - count("0")?))
}
