//! No circle of files: whoever reads one file must not have to read all of them.
//!
//! One file uses another if a path in it leads to something that the other one defines, directly or by way of
//! re-exports. A re-export alone is no use, nor is `mod`. What only tests compile does not count. Methods are not
//! looked up, so an `impl` in a file of its own is tied to its type by the paths in it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::modules::{self, Module};
use super::resolve::file_of;
use super::workspace::Package;
use crate::shell::{Result, top};

/// From file to file, with the first place that makes it so.
type Graph = BTreeMap<PathBuf, BTreeMap<PathBuf, String>>;

pub(super) fn check(packages: &[Package]) -> Result<Vec<String>> {
    let mut found = BTreeSet::new();
    for root in packages.iter().flat_map(|package| &package.roots) {
        let graph = graph(&modules::read(root)?);
        // Files that several tests share are read once for each.
        found.extend(circles(&graph).iter().map(|circle| tell(circle, &graph)));
    }
    Ok(found.into_iter().collect())
}

fn graph(modules: &[Module]) -> Graph {
    let mut graph = Graph::new();
    for (number, module) in modules.iter().enumerate() {
        let imports = module.imports.iter().filter(|import| !import.is_exported);
        let paths = imports.map(|import| &import.from).chain(&module.references);
        for reference in paths {
            let Some(file) = file_of(modules, number, &reference.path) else { continue };
            if file != module.file {
                let place = format!("line {}: {}", reference.line, reference.path.join("::"));
                let uses = graph.entry(module.file.clone()).or_default();
                uses.entry(file.into()).or_insert(place);
            }
        }
    }
    graph
}

/// The sets of files each of which leads to all others of its set: those that reach and are reached.
fn circles(graph: &Graph) -> Vec<BTreeSet<PathBuf>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> =
        graph.keys().map(|file| (file.as_path(), reach(graph, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, ahead) in &reached {
        if ahead.contains(file) {
            let back = |other: &&&Path| {
                reached.get(**other).is_some_and(|from_other| from_other.contains(file))
            };
            circles.insert(ahead.iter().filter(back).map(|file| file.to_path_buf()).collect());
        }
    }
    circles.into_iter().collect()
}

fn reach<'a>(graph: &'a Graph, from: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next.as_path()) {
                open.push(next);
            }
        }
    }
    reached
}

fn tell(circle: &BTreeSet<PathBuf>, graph: &Graph) -> String {
    let short = |file: &Path| file.strip_prefix(top()).unwrap_or(file).display().to_string();
    let mut told = format!("a circle of {} files:", circle.len());
    for file in circle {
        for (other, place) in graph.get(file).into_iter().flatten() {
            if circle.contains(other) {
                told += &format!("\n    {} -> {} ({place})", short(file), short(other));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate of these files, each as the names of its files.
    fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let modules = modules::read(&folder.path().join("lib.rs")).unwrap();
        let name = |file: &PathBuf| file.strip_prefix(&folder).unwrap().display().to_string();
        circles(&graph(&modules)).iter().map(|circle| circle.iter().map(name).collect()).collect()
    }

    #[test]
    fn files_that_use_each_other_are_a_circle_however_they_name_each_other() {
        let lib = "mod a; mod b; pub use a::A; pub use b::B;";
        for (a, b) in [
            ("use crate::b::B; pub struct A(B);", "use crate::a::A; pub struct B(A);"),
            ("pub struct A(super::B);", "use crate::A; pub struct B(A);"),
            ("use crate::*; pub struct A(B);", "use super::a; pub struct B(a::A);"),
            (
                "pub fn A() { println!(\"{}\", crate::B()) }",
                "pub fn B() { use crate::a as x; x::A() }",
            ),
        ] {
            let found = circles_of(&[("lib.rs", lib), ("a.rs", a), ("b.rs", b)]);
            assert_eq!(found, [["a.rs", "b.rs"]], "{a} {b}");
        }
    }

    #[test]
    fn what_leads_one_way_is_no_circle() {
        let lib = "mod a; mod b; pub use a::A; pub use b::{B, b};";
        for (a, b) in [
            ("use crate::b; pub fn A() { b() }", "pub fn b() {} pub struct B;"),
            ("pub struct A;", "use crate::A; pub struct B(A); pub fn b() {}"),
            (
                "use crate::B; pub struct A;",
                "pub struct B; #[cfg(test)] mod tests { use crate::A; }",
            ),
            ("pub use crate::B; pub struct A;", "use crate::a::A; pub struct B(A);"),
            (
                "use crate::B; pub struct A;",
                "/// See [`crate::A`].\npub struct B; fn f() { x.A() }",
            ),
        ] {
            let found = circles_of(&[("lib.rs", lib), ("a.rs", a), ("b.rs", b)]);
            assert!(found.is_empty(), "{found:?} {a} {b}");
        }
    }

    #[test]
    fn a_module_and_its_child_may_be_a_circle() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod c; use c::C; pub struct A(C); fn f() {}"),
            ("a/c.rs", "pub struct C; fn g() { super::f() }"),
        ];
        assert_eq!(circles_of(&files), [["a/c.rs", "a/mod.rs"]]);
    }
}
