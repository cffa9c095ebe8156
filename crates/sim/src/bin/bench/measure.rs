//! What is measured, as the arguments say it.

use std::path::Path;
use std::time::Duration;

use incrdir_sim::bench::operator::{Cache, Leftovers, Turns, delete, look};
use incrdir_sim::bench::{Field, Result, Size, Turn, alternate, beside_rustc};

/// Medians of the turns, beside each other.
fn rustc(dir: &Path, turns: usize) -> Result<()> {
    let scratch = tempfile::tempdir_in(dir)?;
    let measured = beside_rustc(scratch.path(), turns)?;
    let median = |time: fn(&Turn) -> Duration| {
        let mut times: Vec<f64> =
            measured.iter().map(|turn| time(turn).as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let (files, changed) = measured.first().map_or((0, 0), |turn| turn.files);
    println!(
        "{turns} compilations, {files} files in the session, {changed} of them replaced; medians in ms"
    );
    println!("{:24} {:>8} {:>20} {:>8}", "", "begin", "publish and collect", "both");
    let row = |name: &str, begin: f64, end: f64| {
        println!("{name:24} {begin:>8.2} {end:>20.2} {:>8.2}", begin + end);
    };
    row("rustc, by its own times", median(|turn| turn.rustc.0), median(|turn| turn.rustc.1));
    row("incrdir", median(|turn| turn.ours.0), median(|turn| turn.ours.1));
    Ok(())
}

/// What is looked at and deleted, beside the program that anybody has for it.
fn operator(incrdir: &Path, dir: &Path, rounds: usize, names: usize) -> Result<()> {
    let scratch = tempfile::tempdir_in(dir)?;
    let cache = Cache::LARGE;
    let root = scratch.path().join("cache");
    cache.fill(&root)?;
    println!(
        "{} sessions of {} files; median (10 % to 90 %), against the first, and memory",
        cache.sessions, cache.files
    );
    look(incrdir, &root, rounds)?.iter().fold(None, show);
    for kind in Leftovers::ALL {
        println!("{names} leftovers: {}", kind.name());
        delete(incrdir, scratch.path(), kind, names, rounds)?.iter().fold(None, show);
    }
    Ok(())
}

/// A line for each program, compared with the first.
fn show<'a>(first: Option<&'a Turns>, turns: &'a Turns) -> Option<&'a Turns> {
    let first = first.unwrap_or(turns);
    let millis = |quantile| turns.times.quantile(quantile).as_secs_f64() * 1e3;
    let [ratio, low, high] = first.times.ratios(&turns.times);
    let memory = turns.memory.map_or("-".into(), |memory| format!("{:.1} MB", memory as f64 / 1e3));
    println!(
        "  {:22} {:>8.1} ms ({:.1} to {:.1})  {ratio:.2} ({low:.2} to {high:.2})  {memory}",
        turns.times.contender,
        millis(0.5),
        millis(0.1),
        millis(0.9),
    );
    Some(first)
}

pub(crate) fn measure() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let ["operator", dir, rounds, names, incrdir] =
        arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        return operator(Path::new(incrdir), Path::new(dir), rounds.parse()?, names.parse()?);
    }
    if let ["rustc", dir, turns] = &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return rustc(Path::new(dir), turns.parse()?);
    }
    let [field, dir, rounds, sizes @ ..] = &arguments[..] else {
        return Err("usage: bench FIELD DIR ROUNDS FILES/CHANGED[/BYTES[/DIRECTORIES]]...".into());
    };
    let field =
        Field::of(field).ok_or("a field is protocols, levels, copies, trees, first or warm")?;
    for size in sizes {
        let size = Size::parse(size)?;
        let scratch = tempfile::tempdir_in(Path::new(dir))?;
        let times = alternate(scratch.path(), field, size, rounds.parse()?)?;
        let ours = times.first().ok_or("nobody took part")?;
        for theirs in &times {
            let micros = |quantile| theirs.quantile(quantile).as_secs_f64() * 1e6;
            let [ratio, low, high] = ours.ratios(theirs);
            let [begin_ratio, ..] = ours.begin_ratios(theirs);
            let line = serde_json::json!({
                "files": size.files, "directories": size.directories, "changed": size.changed, "contender": theirs.contender,
                "rounds": theirs.turnarounds.len(),
                "begin_us": theirs.begin(0.5).as_secs_f64() * 1e6, "begin_ratio": begin_ratio,
                "median_us": micros(0.5), "p10_us": micros(0.1), "p90_us": micros(0.9),
                "ratio": ratio, "ratio_p10": low, "ratio_p90": high,
            });
            println!("{line}");
        }
    }
    Ok(())
}
