//! Which file defines what a path means, through any number of re-exports.

use std::path::Path;

use super::modules::Module;

/// Names may be re-exported in circles, which Rust allows for globs.
const DEPTH: usize = 16;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    /// The module itself, which is not yet something that is used of it.
    Module(usize),
    /// Something that is defined in this module.
    Item(usize),
}

/// The file that defines what `path` means in `module`, if it is one of this crate's and no module.
pub(super) fn file_of<'a>(
    modules: &'a [Module],
    module: usize,
    path: &[String],
) -> Option<&'a Path> {
    match resolve(modules, module, path, true, DEPTH)? {
        Target::Item(module) => Some(&modules[module].file),
        Target::Module(_) => None,
    }
}

/// The first name is looked up in the module as a program does it (`is_first`), the others as names of that module.
fn resolve(
    modules: &[Module],
    module: usize,
    path: &[String],
    is_first: bool,
    depth: usize,
) -> Option<Target> {
    let (name, rest) = path.split_first()?;
    let depth = depth.checked_sub(1)?;
    let next = match name.as_str() {
        "crate" if is_first => Some(0),
        "self" if is_first => Some(module),
        "super" => modules[module].parent,
        _ => None,
    };
    if let Some(next) = next {
        let is_first = rest.first().is_some_and(|name| name == "super");
        return match rest {
            [] => Some(Target::Module(next)),
            _ => resolve(modules, next, rest, is_first, depth),
        };
    }
    // A module and a function may have the same name: the longer path decides, or else the one that is no module.
    let child = modules[module].children.get(name).copied();
    if let Some(child) = child
        && !rest.is_empty()
        && let Some(found) = resolve(modules, child, rest, false, depth)
    {
        return Some(found);
    }
    if modules[module].items.contains(name) {
        return Some(Target::Item(module));
    }
    let imported = imported(modules, module, name, rest, depth);
    imported.or(child.filter(|_| rest.is_empty()).map(Target::Module))
}

fn imported(
    modules: &[Module],
    module: usize,
    name: &str,
    rest: &[String],
    depth: usize,
) -> Option<Target> {
    let imports = &modules[module].imports;
    let named = imports.iter().filter(|import| import.name == name).find_map(|import| {
        // `use self::name` in a module that has a child `name` would otherwise find itself for ever.
        let whole = [import.from.path.as_slice(), rest].concat();
        resolve(modules, module, &whole, true, depth)
    });
    named.or_else(|| {
        let globs = imports.iter().filter(|import| import.name == "*");
        globs.into_iter().find_map(|import| {
            let Target::Module(from) = resolve(modules, module, &import.from.path, true, depth)?
            else {
                return None;
            };
            let whole = [&[name.to_string()], rest].concat();
            (from != module).then(|| resolve(modules, from, &whole, false, depth)).flatten()
        })
    })
}
