//! `cargo xtask bench`: what a session costs, beside what others take for the same.

use std::collections::BTreeMap;
use std::path::Path;

use plotters::prelude::*;
use serde_json::Value;

use crate::shell::{Result, cargo, command, output, run, top};

const SIZES: [&str; 3] = ["256/8", "1000/10", "10000/100"];
/// For the plot: what there is grows, what changes does not.
const GROWTH: [&str; 6] = ["256/8", "1000/8", "3000/8", "10000/8", "30000/8", "100000/8"];
const PLOT: &str = "docs/turnaround.svg";

/// What one session costs at each level of durability.
const LEVELS: [&str; 1] = ["1000/10"];
/// 200 MB, of which 1 % changes.
const COPIES: [&str; 1] = ["2000/20/100000"];

/// 16 bytes each, in 3,000 directories.
const TREES: [&str; 1] = ["20000/9/16/3000"];

/// 1 GB.
const FIRST: [&str; 1] = ["10000/9/100000/100"];

/// What dead processes left, in names.
const LEFTOVERS: &str = "20000";

/// `[--dir DIR] [--rounds N] [--format json] [--large] [plot | levels | copies | trees | first | warm | rustc | operator]`
pub(crate) fn bench(arguments: &[&str]) -> Result {
    let mut dir = top().join("target").to_string_lossy().into_owned();
    let (mut rounds, mut is_json, mut is_plot) = ("30".to_string(), false, false);
    let mut sizes: Vec<&str> = SIZES.to_vec();
    let mut field = "protocols";
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().copied().ok_or(format!("{argument} needs a value"));
        match *argument {
            "--dir" => dir = value()?.into(),
            "--rounds" => rounds = value()?.into(),
            "--format" => is_json = value()? == "json",
            "--large" => sizes.push("100000/100"),
            "plot" => (is_plot, sizes) = (true, GROWTH.to_vec()),
            "levels" => (field, sizes) = ("levels", LEVELS.to_vec()),
            "rustc" => (field, sizes) = ("rustc", Vec::new()),
            "operator" => (field, sizes) = ("operator", Vec::new()),
            "copies" => (field, sizes) = ("copies", COPIES.to_vec()),
            "first" => (field, sizes) = ("first", FIRST.to_vec()),
            "trees" => (field, sizes) = ("trees", TREES.to_vec()),
            "warm" => field = "warm",
            other => return Err(format!("bench: what is {other}?").into()),
        }
    }
    run(cargo().args(["build", "--quiet", "--release", "-p", "incrdir-sim", "--bin", "bench"]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), Into::into);
    let built = |name: &str| target.join("release").join(name).to_string_lossy().into_owned();
    let program = built("bench");
    if field == "operator" {
        run(cargo().args(["build", "--quiet", "--release", "-p", "incrdir-cli"]))?;
        let incrdir = built("incrdir");
        return run(command(&program).args([field, &dir, &rounds, LEFTOVERS, &incrdir]));
    }
    if field == "rustc" {
        return run(command(&program).args([field, &dir, &rounds]));
    }
    let mut rows = Vec::new();
    if !is_json {
        let file_system = output(command("stat").args(["-f", "-c", "%T", &dir]))?;
        println!("{rounds} turns each, in {dir} ({})", file_system.trim());
        println!(
            "{:>15} {:28} {:>10} {:>7} {:>10} {:>22}  against the first (10 % to 90 %)",
            "files/changed", "contender", "begin", "against", "both", "10 % to 90 %"
        );
    }
    for size in &sizes {
        for line in output(command(&program).args([field, &dir, &rounds, *size]))?.lines() {
            if is_json {
                println!("{line}");
            }
            let row: Value = serde_json::from_str(line)?;
            if !is_json {
                show(&row);
            }
            rows.push(row);
        }
    }
    if !is_json {
        per_file(&rows);
    }
    if is_plot { plot(&rows, &top().join(PLOT)) } else { Ok(()) }
}

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or(f64::NAN)
}

fn show(row: &Value) {
    let millis = |field| format!("{:.2}", number(row, field) / 1e3);
    println!(
        "{:>15} {:28} {:>7} ms {:>7.1} {:>7} ms {:>9} to {:>6} ms  {:.2} ({:.2} to {:.2})",
        format!("{}/{}", row["files"], row["changed"]),
        row["contender"].as_str().unwrap_or_default(),
        millis("begin_us"),
        number(row, "begin_ratio"),
        millis("median_us"),
        millis("p10_us"),
        millis("p90_us"),
        number(row, "ratio"),
        number(row, "ratio_p10"),
        number(row, "ratio_p90"),
    );
}

/// What one more file that does not change costs: between the smallest and the largest size.
fn per_file(rows: &[Value]) {
    let ours: Vec<_> = rows.iter().filter(|row| row["contender"] == "incrdir").collect();
    if let [first, .., last] = &ours[..] {
        let files = number(last, "files") - number(first, "files");
        let micros = (number(last, "median_us") - number(first, "median_us")) / files;
        println!("one more file: {micros:.2} us (the changed ones that come with it included)");
    }
}

fn plot(rows: &[Value], to: &Path) -> Result {
    let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for row in rows {
        let contender = row["contender"].as_str().unwrap_or_default();
        let point = (number(row, "files"), number(row, "median_us") / 1e3);
        lines.entry(contender).or_default().push(point);
    }
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let area = SVGBackend::new(to, (760, 460)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Turnaround of a session, 8 files changed (ms)", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d((200.0..120_000.0).log_scale(), (0.3..5_000.0).log_scale())?;
    chart.configure_mesh().x_desc("files in the session").y_desc("ms").draw()?;
    for (number, (contender, points)) in lines.iter().enumerate() {
        let color = Palette99::pick(number).to_rgba();
        chart
            .draw_series(
                LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(3),
            )?
            .label(*contender)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw()?;
    area.present()?;
    println!("plotted to {}", to.display());
    Ok(())
}
