//! The modules of one crate, as its files declare them: what each defines, imports and refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::Visit;
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, UseTree, Visibility};

use crate::shell::Result;

/// A path as it is written, and the line on which it is.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// One imported name: `use path as name`, or `use path::*` with the name `*`.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) from: Reference,
    /// Whether others see it here. Such a name refers to nothing unless this module uses it itself.
    pub(super) is_exported: bool,
}

/// A module. Inline modules have the file of the one around them.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) parent: Option<usize>,
    pub(super) children: BTreeMap<String, usize>,
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    pub(super) references: Vec<Reference>,
}

/// Reads the crate whose root is this file. The first module is the root. What only tests compile is left out.
pub(super) fn read(root: &Path) -> Result<Vec<Module>> {
    let mut modules = vec![Module { file: root.into(), ..Module::default() }];
    let folder = root.parent().unwrap_or(Path::new("")).to_path_buf();
    read_file(&mut modules, 0, &folder)?;
    Ok(modules)
}

/// Reads the file of a module whose children lie in `folder`.
fn read_file(modules: &mut Vec<Module>, module: usize, folder: &Path) -> Result {
    let file = modules[module].file.clone();
    let text = std::fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let syntax = syn::parse_file(&text)
        .map_err(|error| format!("cannot parse {}: {error}", file.display()))?;
    read_items(modules, module, folder, &syntax.items)
}

fn read_items(modules: &mut Vec<Module>, module: usize, folder: &Path, items: &[Item]) -> Result {
    for item in items {
        match item {
            Item::Mod(inner) if is_for_tests(&inner.attrs) => {}
            Item::Mod(inner) => {
                let name = inner.ident.to_string();
                let folder_of_inner = folder.join(&name);
                let child = modules.len();
                let parent = Some(module);
                modules[module].children.insert(name, child);
                if let Some((_, items)) = &inner.content {
                    let file = modules[module].file.clone();
                    modules.push(Module { file, parent, ..Module::default() });
                    read_items(modules, child, &folder_of_inner, items)?;
                } else {
                    let file = file_of(inner, folder)?;
                    modules.push(Module { file, parent, ..Module::default() });
                    read_file(modules, child, &folder_of_inner)?;
                }
            }
            Item::Use(item) => Reader(&mut modules[module]).visit_item_use(item),
            other => read_item(&mut modules[module], other),
        }
    }
    Ok(())
}

/// The file of a module that is declared in a file whose children lie in `folder`.
fn file_of(module: &ItemMod, folder: &Path) -> Result<PathBuf> {
    let named = module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => {
            Some(pair.value.to_token_stream().to_string().trim_matches('"').to_string())
        }
        _ => None,
    });
    let name = &module.ident;
    let files = match named {
        Some(named) => vec![folder.join(named)],
        None => vec![folder.join(format!("{name}.rs")), folder.join(format!("{name}/mod.rs"))],
    };
    let missing = || format!("there is no file of module {name} in {}", folder.display()).into();
    files.into_iter().find(|file| file.exists()).ok_or_else(missing)
}

fn read_item(module: &mut Module, item: &Item) {
    let (name, attributes) = match item {
        Item::Const(item) => (Some(&item.ident), &item.attrs),
        Item::Enum(item) => (Some(&item.ident), &item.attrs),
        Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
        Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
        Item::Static(item) => (Some(&item.ident), &item.attrs),
        Item::Struct(item) => (Some(&item.ident), &item.attrs),
        Item::Trait(item) => (Some(&item.ident), &item.attrs),
        Item::Type(item) => (Some(&item.ident), &item.attrs),
        Item::Union(item) => (Some(&item.ident), &item.attrs),
        Item::Impl(item) => (None, &item.attrs),
        _ => return,
    };
    if is_for_tests(attributes) {
        return;
    }
    module.items.extend(name.map(ToString::to_string));
    Reader(module).visit_item(item);
    scan(item.to_token_stream(), &mut module.references);
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.to_token_stream().to_string().replace(' ', "") == "cfg(test)"
    })
}

/// Notes the imports, also those inside of functions.
struct Reader<'a>(&'a mut Module);

impl Visit<'_> for Reader<'_> {
    fn visit_item_use(&mut self, item: &ItemUse) {
        if !is_for_tests(&item.attrs) {
            let is_exported = !matches!(item.vis, Visibility::Inherited);
            flatten(&item.tree, &mut Vec::new(), is_exported, &mut self.0.imports);
        }
    }
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, is_exported: bool, into: &mut Vec<Import>) {
    let mut import = |path: Vec<String>, name: String, line| {
        into.push(Import { name, from: Reference { path, line }, is_exported });
    };
    match tree {
        UseTree::Path(next) => {
            path.push(next.ident.to_string());
            flatten(&next.tree, path, is_exported, into);
            path.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, path, is_exported, into);
            }
        }
        UseTree::Glob(glob) => {
            import(path.clone(), "*".into(), glob.star_token.spans[0].start().line);
        }
        UseTree::Name(last) => {
            let name = last.ident.to_string();
            let line = last.ident.span().start().line;
            // `use a::{self}` imports `a` under its own name.
            match (name.as_str(), path.last()) {
                ("self", Some(module)) => import(path.clone(), module.clone(), line),
                _ => import([path.as_slice(), std::slice::from_ref(&name)].concat(), name, line),
            }
        }
        UseTree::Rename(last) => {
            let line = last.ident.span().start().line;
            let mut from = path.clone();
            if last.ident != "self" {
                from.push(last.ident.to_string());
            }
            import(from, last.rename.to_string(), line);
        }
    }
}

/// Notes every path in these tokens, also in the arguments of macros, which have no syntax of their own.
fn scan(tokens: TokenStream, into: &mut Vec<Reference>) {
    let mut path: Option<Reference> = None;
    let (mut colons, mut dots) = (0, 0);
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if colons == 2 && path.is_some() => {
                path.iter_mut().for_each(|path| path.path.push(ident.to_string()));
                (colons, dots) = (0, 0);
            }
            TokenTree::Ident(ident) => {
                into.extend(path.take());
                // What follows a single dot is a field or a method, no name that is looked up.
                path = (dots != 1).then(|| Reference {
                    path: vec![ident.to_string()],
                    line: ident.span().start().line,
                });
                (colons, dots) = (0, 0);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => (colons, dots) = (colons + 1, 0),
            TokenTree::Punct(punct) => {
                into.extend(path.take());
                (colons, dots) = (0, if punct.as_char() == '.' { dots + 1 } else { 0 });
            }
            TokenTree::Group(group) => {
                into.extend(path.take());
                scan(group.stream(), into);
                (colons, dots) = (0, 0);
            }
            TokenTree::Literal(_) => {
                into.extend(path.take());
                (colons, dots) = (0, 0);
            }
        }
    }
    into.extend(path);
}
