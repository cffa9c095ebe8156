//! The benchmark of `cargo xtask bench`: `bench DIR ROUNDS FILES/CHANGED...` prints a line of JSON for each
//! size and contender.

use std::path::Path;

use incrdir_sim::bench::{Result, Size, alternate};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, rounds, sizes @ ..] = &arguments[..] else {
        return Err("usage: bench DIR ROUNDS FILES/CHANGED...".into());
    };
    for size in sizes {
        let (files, changed) = size.split_once('/').ok_or("a size is FILES/CHANGED")?;
        let size = Size { files: files.parse()?, changed: changed.parse()? };
        let scratch = tempfile::tempdir_in(Path::new(dir))?;
        let times = alternate(scratch.path(), size, rounds.parse()?)?;
        let ours = times.first().ok_or("nobody took part")?;
        for theirs in &times {
            let micros = |quantile| theirs.quantile(quantile).as_secs_f64() * 1e6;
            let [ratio, low, high] = ours.ratios(theirs);
            let line = serde_json::json!({
                "files": size.files, "changed": size.changed, "contender": theirs.contender,
                "rounds": theirs.turnarounds.len(),
                "median_us": micros(0.5), "p10_us": micros(0.1), "p90_us": micros(0.9),
                "ratio": ratio, "ratio_p10": low, "ratio_p90": high,
            });
            println!("{line}");
        }
    }
    Ok(())
}
