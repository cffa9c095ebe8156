//! How long files and functions are: questions to a reviewer, no complaints.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ImplItemFn, ItemFn, TraitItemFn};

use crate::shell::{Result, top};

/// Lines of a file, with its tests.
const FILE: usize = 400;
/// Lines of a function, with its signature.
const FUNCTION: usize = 60;

/// Lists what is longer than these, and prints the distribution of the lengths of files.
pub(super) fn questions(files: &[String]) -> Result {
    let mut lengths = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        // A file that git lists may just have been removed.
        let Ok(text) = std::fs::read_to_string(top().join(file)) else { continue };
        lengths.push((text.lines().count(), file));
        for (name, line, length) in
            long_functions(&text).map_err(|error| format!("{file}: {error}"))?
        {
            println!("{file}:{line}: `{name}` has {length} lines");
        }
    }
    lengths.sort_unstable();
    for (length, file) in lengths.iter().rev().take_while(|(length, _)| *length > FILE) {
        println!("{file}: {length} lines");
    }
    let at =
        |percent| lengths.get(percentile(lengths.len(), percent)).map_or(0, |(length, _)| *length);
    println!(
        "{} files: median {} lines, 90 % of them at most {}, longest {}",
        lengths.len(),
        at(50),
        at(90),
        at(100)
    );
    Ok(())
}

/// Where in a sorted row of so many the value is that so many percent do not exceed.
fn percentile(count: usize, percent: usize) -> usize {
    (count * percent).div_ceil(100).saturating_sub(1)
}

/// Functions that are too long: name, first line, number of lines.
fn long_functions(text: &str) -> syn::Result<Vec<(String, usize, usize)>> {
    let mut finder = Finder::default();
    finder.visit_file(&syn::parse_file(text)?);
    Ok(finder.found)
}

#[derive(Default)]
struct Finder {
    found: Vec<(String, usize, usize)>,
}

impl Finder {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let length = body.span().end().line + 1 - first;
        if length > FUNCTION {
            self.found.push((signature.ident.to_string(), first, length));
        }
    }
}

impl Visit<'_> for Finder {
    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.note(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.note(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &TraitItemFn) {
        if let Some(body) = &item.default {
            self.note(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_functions_are_found() {
        let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        assert_eq!(long_functions(&function(FUNCTION)).unwrap(), []);
        let long = format!("// first\nimpl S {{\n{}}}", function(FUNCTION + 1));
        assert_eq!(long_functions(&long).unwrap(), [("f".to_string(), 3, FUNCTION + 1)]);
    }

    #[test]
    fn percentiles_are_values_that_occur() {
        for (count, percent, expected) in
            [(1, 50, 0), (10, 50, 4), (10, 90, 8), (10, 100, 9), (11, 50, 5)]
        {
            assert_eq!(percentile(count, percent), expected, "{percent} % of {count}");
        }
    }
}
