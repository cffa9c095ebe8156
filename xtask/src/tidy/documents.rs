//! Documents that say what is true: links lead somewhere, every invariant has a test.

use std::path::Path;

use crate::shell::{Result, top};

const INVARIANTS: &str = "docs/invariants.md";
const GUIDE: &str = "docs/testing-your-own-protocol.md";
const GUIDED: [&str; 2] =
    ["crates/explore/examples/job_queue.rs", "crates/explore/examples/atomic_write.rs"];

pub(super) fn check(files: &[String]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for document in files.iter().filter(|file| file.ends_with(".md")) {
        let text = std::fs::read_to_string(top().join(document))?;
        let folder = Path::new(document).parent().unwrap_or(Path::new(""));
        for link in links(&text) {
            if !top().join(folder).join(link).exists() {
                complaints.push(format!("{document}: the link `{link}` leads nowhere"));
            }
        }
    }
    let text = std::fs::read_to_string(top().join(INVARIANTS))?;
    let sources: Vec<(String, String)> = files
        .iter()
        .filter(|file| file.ends_with(".rs"))
        .filter_map(|file| Some((file.clone(), std::fs::read_to_string(top().join(file)).ok()?)))
        .collect();
    complaints.extend(invariants(&text, &sources));
    let mut examples = String::new();
    for example in GUIDED {
        examples += &std::fs::read_to_string(top().join(example))?;
    }
    complaints.extend(guide(&std::fs::read_to_string(top().join(GUIDE))?, &examples));
    Ok(complaints)
}

/// Targets of links to files of the project.
pub(super) fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

/// What the guide shows is what runs: its code is that of the examples.
fn guide(text: &str, examples: &str) -> Vec<String> {
    let blocks: Vec<&str> =
        text.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let foreign = blocks.iter().filter(|block| !examples.contains(block.trim_end()));
    let mut complaints: Vec<String> = foreign
        .map(|block| {
            let first = block.lines().next().unwrap_or_default();
            format!("{GUIDE}: the code from `{first}` on is in none of its examples")
        })
        .collect();
    if blocks.is_empty() {
        complaints.push(format!("{GUIDE}: there is no code in it"));
    }
    complaints
}

/// Every `**I1** …` names at least one test as `` `file::function` ``, and each of them exists.
fn invariants(text: &str, sources: &[(String, String)]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut found = 0;
    for item in text.split("\n- **I").skip(1) {
        let item = item.split("\n\n").next().unwrap_or_default();
        let number = item.split("**").next().unwrap_or_default();
        found += 1;
        let tests: Vec<_> = item
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|code| code.split_once("::").filter(|(file, _)| file.ends_with(".rs")))
            .collect();
        if tests.is_empty() {
            complaints.push(format!("{INVARIANTS}: invariant I{number} names no test"));
        }
        for (file, function) in tests {
            let exists = sources
                .iter()
                .any(|(name, source)| name == file && source.contains(&format!("fn {function}")));
            if !exists {
                complaints.push(format!("{INVARIANTS}: I{number}: no test `{file}::{function}`"));
            }
        }
    }
    if found == 0 {
        complaints.push(format!("{INVARIANTS} has no invariants"));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invariant_without_a_test_that_exists_is_a_complaint() {
        let sources = [("tests/a.rs".to_string(), "fn holds() {}".to_string())];
        for (text, complaints) in [
            ("\n- **I1** it holds: `tests/a.rs::holds`\n", 0),
            ("\n- **I1** it holds\n", 1),
            ("\n- **I1** it holds: `tests/a.rs::gone`\n", 1),
            ("\n- **I1** one: `tests/a.rs::holds`\n- **I2** two, `Vfs::stat`\n", 1),
            ("nothing", 1),
        ] {
            assert_eq!(invariants(text, &sources).len(), complaints, "{text}");
        }
    }

    #[test]
    fn only_links_to_files_are_followed() {
        let text = "[a](A.md) [b](https://b) [c](#c) [d](D.md#part)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["A.md", "D.md"]);
    }
}
