//! What every package says of itself, and that what is published can stand alone.

use std::path::Path;

use serde_json::Value;

use super::documents::links;
use super::workspace::Package;
use crate::shell::Result;

const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
/// Shows on docs.rs what needs which feature.
const DOC_CFG: &str = "#![cfg_attr(docsrs, feature(doc_cfg))]";
/// The registry takes no more.
const MOST_KEYWORDS: usize = 5;

pub(super) fn check(packages: &[Package]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for package in packages {
        let of = |what: String| format!("{} {what}", package.name);
        complaints.extend(fields(&package.metadata, package.is_published).into_iter().map(of));
        if package.is_published {
            complaints.extend(files(package)?.into_iter().map(of));
        }
    }
    Ok(complaints)
}

/// What the manifest lacks.
fn fields(metadata: &Value, is_published: bool) -> Vec<String> {
    let always = ["description", "license", "rust_version"];
    let published = ["readme", "documentation"];
    let wanted = always.iter().chain(published.iter().filter(|_| is_published));
    let is_missing = |field: &&&str| metadata[**field].as_str().unwrap_or_default().is_empty();
    let mut complaints: Vec<String> =
        wanted.filter(is_missing).map(|field| format!("has no {field}")).collect();
    if !is_published {
        return complaints;
    }
    for field in ["keywords", "categories"] {
        match metadata[field].as_array().map_or(0, Vec::len) {
            0 => complaints.push(format!("has no {field}")),
            count if count > MOST_KEYWORDS => complaints.push(format!("has {count} {field}")),
            _ => {}
        }
    }
    let docs = &metadata["metadata"]["docs"]["rs"];
    let is_shown = docs["all-features"] == true
        && docs["rustdoc-args"] == serde_json::json!(["--cfg", "docsrs"]);
    if !is_shown {
        complaints.push("does not tell docs.rs to show all features".into());
    }
    complaints
}

/// What is not in the package, or leads out of it.
fn files(package: &Package) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for licence in LICENCES {
        let own = std::fs::read(package.folder.join(licence)).ok();
        if own.is_none() || own != std::fs::read(crate::shell::top().join(licence)).ok() {
            complaints.push(format!("does not have the text of {licence}"));
        }
    }
    let readme = std::fs::read_to_string(package.folder.join("README.md"))?;
    complaints.extend(leading_out(&readme).map(|link| format!("links `{link}` in its README")));
    for root in package.roots.iter().filter(|root| root.ends_with(Path::new("src/lib.rs"))) {
        if !std::fs::read_to_string(root)?.contains(DOC_CFG) {
            complaints.push(format!("does not have `{DOC_CFG}` in lib.rs"));
        }
    }
    Ok(complaints)
}

/// Links that work in the repository and nowhere else.
fn leading_out(readme: &str) -> impl Iterator<Item = &str> {
    links(readme).filter(|link| link.starts_with("..") || link.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_can_be_missing() {
        let whole = json!({
            "description": "d", "license": "l", "rust_version": "1", "readme": "r", "documentation": "u",
            "keywords": ["k"], "categories": ["c"],
            "metadata": { "docs": { "rs": { "all-features": true, "rustdoc-args": ["--cfg", "docsrs"] } } },
        });
        assert_eq!(fields(&whole, true), [""; 0]);
        for field in whole.as_object().unwrap().keys() {
            let mut bare = whole.clone();
            bare[field] = Value::Null;
            assert_eq!(fields(&bare, true).len(), 1, "{field}");
        }
        let mut many = whole.clone();
        many["keywords"] = json!(["a", "b", "c", "d", "e", "f"]);
        assert_eq!(fields(&many, true), ["has 6 keywords"]);
        assert_eq!(
            fields(&json!({ "description": "d", "license": "l", "rust_version": "1" }), false),
            [""; 0]
        );
    }

    #[test]
    fn links_out_of_a_package_are_found() {
        let readme = "[a](../../README.md) [b](https://b) [c](#c) [d](src/lib.rs) [e](/e)";
        assert_eq!(leading_out(readme).collect::<Vec<_>>(), ["../../README.md", "/e"]);
    }
}
