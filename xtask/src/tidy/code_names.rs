//! Names of code in documents: what a document says in backticks exists.

use std::path::Path;

use super::names::Names;
use crate::shell::{Result, top};

/// Names that are not ours: of the standard library, of systems, and of files in examples.
const FOREIGN: [&str; 9] = [
    "CrossesDevices",
    "Demo",
    "Drop",
    "EnvFilter",
    "HashMap",
    "Interrupted",
    "LockFileEx",
    "no_std",
    "recently_deleted",
];
/// Where a path begins that leads out of the workspace.
const OUTSIDE: [&str; 4] = ["std", "core", "alloc", "io"];
const FILES: [&str; 4] = [".rs", ".md", ".toml", ".sh"];

pub(super) fn check(files: &[String]) -> Result<Vec<String>> {
    let names = Names::read(files)?;
    let mut complaints = Vec::new();
    for document in files.iter().filter(|file| file.ends_with(".md")) {
        let text = std::fs::read_to_string(top().join(document))?;
        for code in codes(current(document, &text)) {
            if !exists(code, document, files, &names) {
                complaints.push(format!("{document}: there is no `{code}`"));
            }
        }
    }
    complaints.dedup();
    Ok(complaints)
}

/// The part of a document that speaks of today's code: a changelog's releases name what there was.
fn current<'a>(document: &str, text: &'a str) -> &'a str {
    if document != "CHANGELOG.md" {
        return text;
    }
    let second = text.match_indices("\n## ").nth(1);
    second.map_or(text, |(at, _)| &text[..at])
}

/// What stands in single backticks, outside of blocks of code.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

/// Whether it is no name of code, or one of ours.
fn exists(code: &str, document: &str, files: &[String], names: &Names) -> bool {
    let plain = code.trim_end_matches("()").trim_end_matches('!');
    if let Some((file, function)) = plain.split_once("::").filter(|(file, _)| file.ends_with(".rs"))
    {
        return has_function(file, function);
    }
    if FILES.iter().any(|end| plain.ends_with(end)) {
        return is_file(plain, document, files);
    }
    let path: Vec<&str> = plain.split("::").collect();
    if FOREIGN.contains(&plain) || OUTSIDE.contains(&path[0]) || !path.iter().all(is_identifier) {
        return true;
    }
    match path[..] {
        [.., owner, name] => names.has_in(owner, name),
        [name] => !is_of_code(name) || names.has(name),
        [] => true,
    }
}

/// Whether the file, as seen from the top, has the function. Macros define some, so its text decides.
fn has_function(file: &str, function: &str) -> bool {
    std::fs::read_to_string(top().join(file)).is_ok_and(|text| {
        ['(', '<'].iter().any(|end| text.contains(&format!("fn {function}{end}")))
    })
}

fn is_identifier(part: &&str) -> bool {
    part.starts_with(|first: char| first.is_ascii_alphabetic())
        && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether a single word can only be a name of code: `CamelCase` or `snake_case`.
fn is_of_code(name: &str) -> bool {
    let has_lower = name.contains(|letter: char| letter.is_ascii_lowercase());
    let is_type = name.starts_with(|first: char| first.is_ascii_uppercase()) && has_lower;
    is_type || (name.contains('_') && has_lower)
}

/// A file of the workspace, from its top, from the document, or by the end of its path; `*` stands for anything.
fn is_file(path: &str, document: &str, files: &[String]) -> bool {
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    let is_suffix = |file: &&String| {
        file.strip_suffix(path).is_some_and(|above| above.is_empty() || above.ends_with('/'))
    };
    path.contains(['*', ' ', '{'])
        || top().join(folder).join(path).exists()
        || files.iter().any(|file| is_suffix(&file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_exist_is_found() {
        let mut names = Names::default();
        let text = "pub enum PublishError { Unsettled } pub fn publish_if_changed() {}
            #[macro_export] macro_rules! on_both { () => {} }";
        names.add("crates/session/src/publish.rs", text).unwrap();
        let files = ["crates/session/src/publish.rs".to_string(), "README.md".to_string()];
        for (code, expected) in [
            ("PublishError::Unsettled", true),
            ("PublishError::is_unsettled", false),
            ("PublishErr::Unsettled", false),
            ("PublishError", true),
            ("PublishErrors", false),
            ("publish_if_changed()", true),
            ("publish_if_new()", false),
            ("incrdir_session::on_both!", true),
            ("incrdir_session::on_none!", false),
            ("publish.rs", true),
            ("session/src/publish.rs", true),
            ("blish.rs", false),
            ("crates/session/src/gone.rs", false),
            ("xtask/src/tidy/code_names.rs::is_file", true),
            ("xtask/src/tidy/code_names.rs::is_gone", false),
            ("std::fs::gone", true),
            ("cargo xtask tidy", true),
            ("--seed link", true),
            ("published", true),
            ("INCRDIR_SESSION", true),
        ] {
            assert_eq!(exists(code, "docs/why.md", &files, &names), expected, "{code}");
        }
    }

    #[test]
    fn blocks_and_old_releases_are_left_out() {
        let text = "`A`\n```rust\nlet `x`;\n```\n`b_c`";
        assert_eq!(codes(text).collect::<Vec<_>>(), ["A", "b_c"]);
        let log = "# Changelog\n\n## Unreleased\n`a`\n\n## 0.1.0\n`b`\n";
        assert_eq!(codes(current("CHANGELOG.md", log)).collect::<Vec<_>>(), ["a"]);
        assert_eq!(codes(current("README.md", log)).collect::<Vec<_>>(), ["a", "b"]);
    }
}
