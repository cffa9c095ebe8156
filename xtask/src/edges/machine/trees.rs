//! One Rust workspace in twelve work trees, each built.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::census::published;
use super::site::{Site, allocate};
use crate::shell::{Result, cargo, command, output};

const TREES: usize = 12;
/// In these, builds go on; nobody comes to the others any more.
pub(super) const BUSY: usize = 2;
/// Each uses the one before; the last one is a program.
const CRATES: [&str; 5] = ["words", "grammar", "index", "query", "tool"];
/// Functions of a crate.
const FUNCTIONS: usize = 40;

/// The work trees, those in which builds go on first.
pub(super) fn make(site: &Site) -> Result<Vec<PathBuf>> {
    let at = |number: usize| site.caches().join(format!("trees/tree-{number:02}"));
    let main = at(0);
    for (number, name) in CRATES.iter().enumerate() {
        let folder = main.join(name).join("src");
        std::fs::create_dir_all(&folder)?;
        let uses = number.checked_sub(1).and_then(|before| CRATES.get(before));
        let dependency =
            uses.map_or(String::new(), |uses| format!("{uses} = {{ path = \"../{uses}\" }}\n"));
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{dependency}"
        );
        std::fs::write(main.join(name).join("Cargo.toml"), manifest)?;
        write_source(&main, number, 0)?;
    }
    let members: Vec<String> = CRATES.iter().map(|name| format!("\"{name}\"")).collect();
    let workspace = format!("[workspace]\nresolver = \"2\"\nmembers = [{}]\n", members.join(", "));
    std::fs::write(main.join("Cargo.toml"), workspace)?;
    std::fs::write(main.join(".gitignore"), "/target\n")?;
    git(&main, &["init", "-q", "-b", "main"])?;
    complete(&build(&main, "")?)?;
    git(&main, &["add", "-A"])?;
    git(&main, &["commit", "-qm", "first"])?;
    let mut trees = vec![main.clone()];
    for number in 1..TREES {
        let tree = at(number);
        git(
            &main,
            &["worktree", "add", "-q", "-b", &format!("branch-{number}"), &tree.to_string_lossy()],
        )?;
        complete(&build(&tree, "")?)?;
        trees.push(tree);
    }
    // Larger crates have larger sessions: those that nobody uses any more weigh a quarter of all together.
    let idle = trees.iter().skip(BUSY).flat_map(|tree| published(&incremental(tree)));
    let idle: Vec<PathBuf> = idle.map(|session| session.dir).collect();
    for session in &idle {
        allocate(&session.join("ballast.o"), site.scale.bytes / 4 / idle.len() as u64)?;
    }
    Ok(trees)
}

pub(super) fn incremental(tree: &Path) -> PathBuf {
    tree.join("target/debug/incremental")
}

/// What a build that somebody waits for does: with the flags that its branch has.
pub(super) fn build(tree: &Path, flags: &str) -> Result<Output> {
    let mut build = cargo();
    build.args(["build", "--offline", "--color", "never"]).current_dir(tree);
    build.env("RUSTFLAGS", flags).env_remove("CARGO_TARGET_DIR").env_remove("CARGO_INCREMENTAL");
    Ok(build.output()?)
}

/// An edit in one of the crates.
pub(super) fn edit(tree: &Path, number: usize) -> Result {
    write_source(tree, number % CRATES.len(), number)
}

fn complete(built: &Output) -> Result {
    if built.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&built.stderr).into_owned().into())
}

fn git(tree: &Path, arguments: &[&str]) -> Result {
    let mut git: Command = command("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
    output(git.args(arguments).current_dir(tree)).map(drop)
}

fn write_source(tree: &Path, number: usize, edition: usize) -> Result {
    let uses = number.checked_sub(1).and_then(|before| CRATES.get(before));
    let before = uses.map_or("0".into(), |uses| format!("{uses}::edition()"));
    let mut text = format!("pub fn edition() -> u64 {{ {edition} + {before} }}\n");
    for function in 0..FUNCTIONS {
        text += &format!(
            "pub fn count_{function}(text: &str) -> std::collections::BTreeMap<String, usize> {{\n    \
             let mut all = std::collections::BTreeMap::new();\n    \
             for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > {function}) {{\n        \
             *all.entry(word.to_lowercase()).or_insert({edition}) += 1;\n    }}\n    all\n}}\n"
        );
    }
    let is_program = number + 1 == CRATES.len();
    if is_program {
        text += "fn main() { println!(\"{} {}\", edition(), [";
        for function in 0..FUNCTIONS {
            text += &format!("count_{function}(\"a b\").len(), ");
        }
        text += "].len()) }\n";
    }
    let file = if is_program { "main.rs" } else { "lib.rs" };
    Ok(std::fs::write(tree.join(CRATES[number]).join("src").join(file), text)?)
}
