//! `cargo xtask release`: whether what is here can be tagged and published. It publishes nothing.
//!
//! Runs beside `cargo xtask ci`, which asks whether the code is right. What needs a tool, a toolchain or a network that is not
//! there says NOT RUN and why, and is named again at the end: whoever releases decides whether to go on without it.

use crate::shell::{Result, cargo, command, has, output, run, top};
use crate::tidy;
use crate::tidy::workspace::{Package, packages};

/// What a step came to, besides failing.
pub(crate) enum Outcome {
    Passed,
    /// For this reason.
    NotRun(String),
}

pub(crate) fn release() -> Result {
    let packages = packages()?;
    let published: Vec<&Package> = packages.iter().filter(|package| package.is_published).collect();
    let mut not_run = Vec::new();
    let mut step = |name: &str, outcome: Result<Outcome>| -> Result {
        match outcome.map_err(|error| format!("{name}: {error}"))? {
            Outcome::Passed => println!("== {name}: passed"),
            Outcome::NotRun(why) => {
                println!("== {name}: NOT RUN ({why})");
                not_run.push(name.to_string());
            }
        }
        Ok(())
    };
    step("tidy", tidy::tidy().map(|()| Outcome::Passed))?;
    step("changelog", changelog(&published))?;
    step("packages", package(&packages))?;
    step("docs as docs.rs builds them", docs(&published))?;
    step("oldest Rust", oldest_rust(&published))?;
    step("licences, duplicates, sources", dependencies())?;
    step("advisories", advisories())?;
    step("compatibility", compatibility(&published))?;
    match not_run.as_slice() {
        [] => println!("release: ready to be tagged"),
        _ => println!(
            "release: ready to be tagged, but for what was NOT RUN: {}",
            not_run.join("; ")
        ),
    }
    Ok(())
}

/// All packages have one version, and the changelog has a section for it.
fn changelog(published: &[&Package]) -> Result<Outcome> {
    let log = std::fs::read_to_string(top().join("CHANGELOG.md"))?;
    match is_told(&log, published.iter().map(|package| package.version())) {
        Some(why) => Err(why.into()),
        None => Ok(Outcome::Passed),
    }
}

/// What is wrong with a changelog for these versions.
fn is_told<'a>(log: &str, mut versions: impl Iterator<Item = &'a str>) -> Option<String> {
    let version = versions.next()?;
    if let Some(other) = versions.find(|other| *other != version) {
        return Some(format!("packages have the versions {version} and {other}"));
    }
    let heading = format!("## {version}");
    let is_there =
        log.lines().any(|line| line == heading || line.starts_with(&format!("{heading} ")));
    (!is_there).then(|| format!("CHANGELOG.md has no section `{heading}`"))
}

/// What would be uploaded is packed, unpacked and built, members against each other.
fn package(packages: &[Package]) -> Result<Outcome> {
    let mut cargo = cargo();
    cargo.args(["package", "--workspace", "--all-features"]);
    for package in packages.iter().filter(|package| !package.is_published) {
        cargo.args(["--exclude", &package.name]);
    }
    run(&mut cargo).map(|()| Outcome::Passed)
}

/// With what needs which feature shown, which is not stable yet.
fn docs(published: &[&Package]) -> Result<Outcome> {
    let mut cargo = cargo();
    cargo.args(["doc", "--no-deps", "--all-features", "--lib"]);
    for package in published.iter().filter(|package| package.has_library()) {
        cargo.args(["--package", &package.name]);
    }
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTDOCFLAGS", "--cfg docsrs -D warnings");
    // What is built like that is of no use to other builds.
    cargo.env("CARGO_TARGET_DIR", top().join("target/docsrs"));
    run(&mut cargo).map(|()| Outcome::Passed)
}

fn oldest_rust(published: &[&Package]) -> Result<Outcome> {
    let version = published.first().and_then(|package| package.metadata["rust_version"].as_str());
    let version = version.ok_or("no package says its rust-version")?;
    let rustup = |arguments: &[&str]| {
        let mut rustup = command("rustup");
        rustup.args(["run", version, "cargo"]).args(arguments);
        rustup
    };
    if output(&mut rustup(&["--version"])).is_err() {
        let install = format!("rustup toolchain install {version} --profile minimal");
        return Ok(Outcome::NotRun(format!("there is no toolchain {version}: {install}")));
    }
    let mut check = rustup(&["check", "--workspace", "--all-features", "--locked"]);
    check.env("CARGO_TARGET_DIR", top().join("target/oldest"));
    run(&mut check).map(|()| Outcome::Passed)
}

/// What `deny.toml` allows of dependencies, as far as that can be told without a network.
pub(crate) fn dependencies() -> Result<Outcome> {
    if !has("cargo-deny") {
        return Ok(Outcome::NotRun("cargo install cargo-deny".into()));
    }
    let check = ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
    run(cargo().args(check)).map(|()| Outcome::Passed)
}

fn advisories() -> Result<Outcome> {
    if !has("cargo-deny") {
        return Ok(Outcome::NotRun("cargo install cargo-deny".into()));
    }
    match output(cargo().args(["deny", "check", "advisories"])) {
        Ok(_) => Ok(Outcome::Passed),
        Err(error) if is_unreachable(&error.to_string()) => {
            Ok(Outcome::NotRun("the database of advisories cannot be fetched".into()))
        }
        Err(error) => Err(error),
    }
}

/// Whether cargo-deny failed before it looked at anything.
fn is_unreachable(told: &str) -> bool {
    told.contains("failed to fetch advisory database")
}

/// What a user of the last release would have to change, beside what the new version number allows.
fn compatibility(published: &[&Package]) -> Result<Outcome> {
    let Ok(tag) = output(command("git").args(["describe", "--tags", "--abbrev=0"])) else {
        return Ok(Outcome::NotRun("there is no tag to compare with: nothing was released".into()));
    };
    if !has("cargo-semver-checks") {
        return Ok(Outcome::NotRun("cargo install cargo-semver-checks".into()));
    }
    let mut cargo = cargo();
    cargo.args(["semver-checks", "--baseline-rev", tag.trim()]);
    for package in published.iter().filter(|package| package.has_library()) {
        cargo.args(["--package", &package.name]);
    }
    run(&mut cargo).map(|()| Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_without_a_section_or_of_two_versions_is_none() {
        let log = "# Changelog\n\n## 0.2.0 (2026-12-01)\n\n## 0.1.0\n";
        for (versions, is_right) in [
            (["0.2.0", "0.2.0"], true),
            (["0.1.0", "0.1.0"], true),
            (["0.2.0", "0.1.0"], false),
            (["0.2", "0.2"], false),
            (["0.3.0", "0.3.0"], false),
        ] {
            assert_eq!(is_told(log, versions.into_iter()).is_none(), is_right, "{versions:?}");
        }
    }

    #[test]
    fn only_a_database_out_of_reach_excuses() {
        assert!(is_unreachable("[ERROR] failed to fetch advisory database https://…"));
        assert!(!is_unreachable("error[vulnerability]: a hole in it"));
    }
}
