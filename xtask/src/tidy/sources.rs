//! What must not stand in source files.

use crate::shell::{Result, top};

/// Where systems may be told apart: the real back end; what bytes are a name; the contract's case of names that only Unix
/// has; what starts processes; and all that is no library.
const PLATFORM: [&str; 8] = [
    "crates/nt/",
    "crates/xnu/",
    "crates/vfs/src/cap/",
    "crates/vfs/src/name",
    "crates/vfs/src/check/",
    "crates/incrdir/src/command.rs",
    "crates/cli/",
    "crates/sim/",
];

pub(super) fn check(files: &[String]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for file in files {
        // A file that git lists may just have been removed; one that is no text is none of ours.
        let Ok(text) = std::fs::read_to_string(top().join(file)) else { continue };
        complaints.extend(of_file(file, &text));
    }
    Ok(complaints)
}

fn of_file(file: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_rust = file.ends_with(".rs");
    let is_manifest = file.starts_with("crates/") && file.ends_with("Cargo.toml");
    let forbids = match file {
        // Calling the kernel is unsafe, so each such call is permitted by itself, with its reason.
        "crates/nt/Cargo.toml" | "crates/xnu/Cargo.toml" => "unsafe_code = \"deny\"",
        _ => "[lints]\nworkspace = true",
    };
    if is_manifest && !text.contains(forbids) {
        complaints.push(format!("{file}: the workspace's lints are not inherited"));
    }
    let is_portable = is_rust
        && file.starts_with("crates/")
        && file.contains("/src/")
        && !PLATFORM.iter().any(|path| file.starts_with(path));
    for (number, line) in text.lines().enumerate() {
        let at = format!("{file}:{}", number + 1);
        let says = |what: &str| line.contains(what);
        if is_portable && (says("cfg(unix") || says("cfg(windows") || says("target_os")) {
            complaints.push(format!("{at}: a platform difference outside the real back end"));
        }
        if is_rust && (says(concat!("todo", "!(")) || says(concat!("unimplemented", "!("))) {
            complaints.push(format!("{at}: unfinished"));
        }
        if says(concat!("/ro", "ot/")) || says(concat!("/ho", "me/")) || says(concat!("/wo", "rk/"))
        {
            complaints.push(format!("{at}: a path of somebody's machine"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_can_fail() {
        for (file, text, complaints) in [
            ("crates/gc/src/plan.rs", "#[cfg(unix)]\nfn f() {}", 1),
            ("crates/newcomer/src/lib.rs", "#[cfg(unix)]\nfn f() {}", 1),
            ("crates/newcomer/tests/a.rs", "#[cfg(unix)]\nfn f() {}", 0),
            ("crates/vfs/src/cap/open.rs", "#[cfg(unix)]\nfn f() {}", 0),
            ("crates/gc/src/plan.rs", concat!("fn f() { todo", "!() }"), 1),
            ("README.md", concat!("see /ro", "ot/x"), 1),
            ("crates/gc/Cargo.toml", "[package]", 1),
            ("crates/gc/Cargo.toml", "[lints]\nworkspace = true", 0),
        ] {
            assert_eq!(of_file(file, text).len(), complaints, "{file} {text}");
        }
    }
}
