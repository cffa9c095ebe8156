//! The benchmark of `cargo xtask bench`: `bench FIELD DIR ROUNDS FILES/CHANGED[/BYTES]...` prints a line
//! of JSON for each size and contender.

use std::path::Path;

use incrdir_sim::bench::{Field, Result, Size, alternate};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [field, dir, rounds, sizes @ ..] = &arguments[..] else {
        return Err("usage: bench FIELD DIR ROUNDS FILES/CHANGED[/BYTES]...".into());
    };
    let field = Field::of(field).ok_or("a field is protocols, levels or copies")?;
    for size in sizes {
        let numbers: Vec<usize> =
            size.split('/').map(str::parse).collect::<std::result::Result<_, _>>()?;
        let size = match numbers[..] {
            [files, changed] => Size { files, changed, bytes: 16 },
            [files, changed, bytes] => Size { files, changed, bytes },
            _ => return Err("a size is FILES/CHANGED or FILES/CHANGED/BYTES".into()),
        };
        let scratch = tempfile::tempdir_in(Path::new(dir))?;
        let times = alternate(scratch.path(), field, size, rounds.parse()?)?;
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
