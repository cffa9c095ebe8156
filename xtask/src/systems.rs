//! `cargo xtask systems`: every test program, on every system as far as it can be tried here.

use std::collections::BTreeMap;

use crate::aside::Missing;
use crate::shell::Result;
use crate::test_programs::Count;
use crate::{portable, tests, windows};

/// A row of the table.
#[derive(Default)]
struct Row {
    linux: Option<Count>,
    windows: Option<Count>,
    macos: bool,
}

/// Prints the table after everything else.
pub(crate) fn systems() -> Result {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (name, count) in tests::counts()? {
        rows.entry(name).or_default().linux.get_or_insert_default().add(count);
    }
    match windows::counts(Missing::Install) {
        Ok(counts) => counts?.into_iter().for_each(|(name, count)| {
            rows.entry(name).or_default().windows.get_or_insert_default().add(count);
        }),
        Err(why) => println!("NOT RUN: Windows ({why})"),
    }
    match portable::compiled_for_macos(Missing::Install) {
        Ok(names) => names?.into_iter().for_each(|name| rows.entry(name).or_default().macos = true),
        Err(why) => println!("NOT CHECKED: macOS ({why})"),
    }
    print(&rows);
    let failed = rows.values().flat_map(|row| [row.linux, row.windows]).flatten();
    match failed.map(|count| count.failed).sum() {
        0 => Ok(()),
        failed => Err(format!("{failed} tests failed").into()),
    }
}

fn print(rows: &BTreeMap<String, Row>) {
    println!("| test program | Linux | Windows, under Wine | macOS |\n| --- | --- | --- | --- |");
    let (mut linux, mut windows, mut compiled) = (Count::default(), Count::default(), 0);
    for (name, row) in rows {
        linux.add(row.linux.unwrap_or_default());
        windows.add(row.windows.unwrap_or_default());
        compiled += usize::from(row.macos);
        let macos = if row.macos { "compiled" } else { "-" };
        println!("| {name} | {} | {} | {macos} |", cell(row.linux), cell(row.windows));
    }
    println!("| **all** | {} | {} | {compiled} compiled |", cell(Some(linux)), cell(Some(windows)));
}

/// Passed, failed, skipped; a program without tests is one whose tests are for another system.
fn cell(count: Option<Count>) -> String {
    match count {
        None => "-".into(),
        Some(Count { passed: 0, failed: 0, skipped: 0 }) => "no tests".into(),
        Some(Count { passed, failed, skipped }) => format!("{passed} / {failed} / {skipped}"),
    }
}
