//! Room to evolve: a field or a variant more must not break whoever uses a published crate.

use crate::shell::{Result, top};

pub(super) fn check(files: &[String]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| is_published(file)) {
        let Ok(text) = std::fs::read_to_string(top().join(file)) else { continue };
        complaints.extend(of_file(file, &text));
    }
    Ok(complaints)
}

/// Whether it is a source file of a library that others get from the registry.
fn is_published(file: &str) -> bool {
    let mut parts = file.splitn(4, '/');
    let (Some("crates"), Some(package), Some("src")) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let folder = top().join("crates").join(package);
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    file.ends_with(".rs")
        && folder.join("src/lib.rs").exists()
        && !manifest.contains("publish = false")
}

fn of_file(file: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut complaints = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let item = line.trim_start();
        let is_open = match item.split_once(' ') {
            Some(("pub", rest)) if rest.starts_with("enum ") => true,
            Some(("pub", rest)) if rest.starts_with("struct ") => can_be_built(&lines[number..]),
            _ => false,
        };
        let above = lines[..number].iter().rev().take_while(|line| !line.trim().is_empty());
        let mut above = above.map(|line| line.trim_start());
        let is_settled = |line: &str| {
            line.starts_with("#[non_exhaustive]") || line.starts_with("// Exhaustive: ")
        };
        if is_open && !above.any(is_settled) {
            complaints.push(format!(
                "{file}:{}: `{}` is exhaustive: say `#[non_exhaustive]`, or why in `// Exhaustive: …`",
                number + 1,
                item.trim_end_matches(" {"),
            ));
        }
    }
    complaints
}

/// Whether a struct can be written down field by field outside of its module: it has fields, and none is private.
fn can_be_built(item: &[&str]) -> bool {
    let first = item[0].trim_start();
    if let Some((_, fields)) = first.split_once('(')
        && !first.contains('{')
    {
        return fields.starts_with("pub ");
    }
    let indent = item[0].len() - first.len();
    let end = format!("{}}}", &item[0][..indent]);
    let fields = item[1..].iter().take_while(|line| ***line != end).map(|line| line.trim_start());
    let fields = fields
        .filter(|line| line.contains(": ") && !line.starts_with("//") && !line.starts_with('#'));
    let mut fields = fields.peekable();
    first.ends_with('{') && fields.peek().is_some() && fields.all(|field| field.starts_with("pub "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_no_room_is_a_complaint() {
        for (text, complaints) in [
            ("pub enum A {\n    B,\n}", 1),
            ("#[non_exhaustive]\npub enum A {\n    B,\n}", 0),
            ("// Exhaustive: there is no third.\n#[derive(Debug)]\npub enum A {\n    B,\n}", 0),
            ("#[non_exhaustive]\npub struct C;\n\npub enum A {\n    B,\n}", 1),
            ("pub(crate) enum A {\n    B,\n}", 0),
            ("pub struct A {\n    /// B: it.\n    pub b: u8,\n}", 1),
            ("pub struct A {\n    pub b: u8,\n    c: u8,\n}", 0),
            ("pub struct A {\n    b: u8,\n}", 0),
            ("pub struct A(pub u8);", 1),
            ("pub struct A(u8);", 0),
            ("pub struct A;", 0),
            ("mod m {\n    pub struct A {\n        pub b: u8,\n    }\n}", 1),
        ] {
            assert_eq!(of_file("a.rs", text).len(), complaints, "{text}");
        }
    }
}
