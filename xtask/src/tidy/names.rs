//! All names that the sources define, and what each belongs to.

use std::collections::BTreeSet;

use proc_macro2::TokenTree;
use syn::visit::{self, Visit};
use syn::{Field, ImplItem, Item, ItemImpl, Macro, TraitItem, Type, UseTree, Variant};

use crate::shell::{Result, top};

/// Names by themselves, and as pairs of the owner (type, trait, module or crate) and what it has.
#[derive(Debug, Default)]
pub(super) struct Names {
    alone: BTreeSet<String>,
    owned: BTreeSet<(String, String)>,
    owners: Vec<String>,
    krate: String,
}

impl Names {
    /// The names in these files of the workspace.
    pub(super) fn read(files: &[String]) -> Result<Names> {
        let mut names = Names::default();
        for file in files.iter().filter(|file| file.ends_with(".rs")) {
            // A file that git lists may just have been removed.
            let Ok(text) = std::fs::read_to_string(top().join(file)) else { continue };
            names.add(file, &text)?;
        }
        Ok(names)
    }

    pub(super) fn add(&mut self, file: &str, text: &str) -> Result {
        let syntax = syn::parse_file(text).map_err(|error| format!("{file}: {error}"))?;
        self.krate = crate_of(file);
        self.owners = vec![module_of(file)];
        self.alone.insert(self.krate.clone());
        visit::visit_file(self, &syntax);
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.alone.contains(name)
    }

    pub(super) fn has_in(&self, owner: &str, name: &str) -> bool {
        self.owned.contains(&(owner.into(), name.into()))
    }

    fn define(&mut self, name: String) {
        if let Some(owner) = self.owners.last() {
            self.owned.insert((owner.clone(), name.clone()));
        }
        self.alone.insert(name);
    }

    /// Whatever `visit` finds belongs to this owner.
    fn within(&mut self, owner: String, visit: impl FnOnce(&mut Self)) {
        self.owners.push(owner);
        visit(self);
        self.owners.pop();
    }

    fn import(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree)),
            UseTree::Name(name) => self.define(name.ident.to_string()),
            UseTree::Rename(name) => self.define(name.rename.to_string()),
            UseTree::Glob(_) => {}
        }
    }
}

impl Visit<'_> for Names {
    fn visit_item(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Mod(item) => &item.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) if item.ident.is_some() => item.ident.as_ref().expect("BUG: is_some"),
            // What is re-exported has its name here as well; a private import does no harm.
            Item::Use(item) => return self.import(&item.tree),
            _ => return visit::visit_item(self, item),
        };
        let name = name.to_string();
        if let Item::Macro(item) = item
            && item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"))
        {
            self.owned.insert((self.krate.clone(), name.clone()));
        }
        self.define(name.clone());
        self.within(name, |names| visit::visit_item(names, item));
    }

    fn visit_item_impl(&mut self, item: &ItemImpl) {
        let Type::Path(of) = &*item.self_ty else { return visit::visit_item_impl(self, item) };
        let Some(of) = of.path.segments.last() else { return };
        self.within(of.ident.to_string(), |names| visit::visit_item_impl(names, item));
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        match item {
            ImplItem::Fn(item) => self.define(item.sig.ident.to_string()),
            ImplItem::Const(item) => self.define(item.ident.to_string()),
            ImplItem::Type(item) => self.define(item.ident.to_string()),
            _ => {}
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &TraitItem) {
        match item {
            TraitItem::Fn(item) => self.define(item.sig.ident.to_string()),
            TraitItem::Const(item) => self.define(item.ident.to_string()),
            TraitItem::Type(item) => self.define(item.ident.to_string()),
            _ => {}
        }
        visit::visit_trait_item(self, item);
    }

    fn visit_variant(&mut self, variant: &Variant) {
        let name = variant.ident.to_string();
        self.define(name.clone());
        self.within(name, |names| visit::visit_variant(names, variant));
    }

    /// The fields of spans: whoever makes sense of what is told knows them by their names.
    fn visit_macro(&mut self, found: &Macro) {
        let name = found.path.segments.last().map(|segment| segment.ident.to_string());
        if !name.is_some_and(|name| name.ends_with("_span")) {
            return;
        }
        let mut before = None;
        for token in found.tokens.clone() {
            match (&token, before.take()) {
                (TokenTree::Punct(sign), Some(field)) if sign.as_char() == '=' => {
                    self.define(field);
                }
                (TokenTree::Ident(ident), _) => before = Some(ident.to_string()),
                _ => {}
            }
        }
    }

    fn visit_field(&mut self, field: &Field) {
        if let Some(name) = &field.ident {
            self.define(name.to_string());
        }
        visit::visit_field(self, field);
    }
}

/// The crate of a file, as paths name it.
fn crate_of(file: &str) -> String {
    match file.split('/').collect::<Vec<_>>()[..] {
        ["crates", "incrdir", ..] => "incrdir".into(),
        ["crates", package, ..] => format!("incrdir_{package}"),
        _ => String::new(),
    }
}

/// The name under which others know what is in a file: its module, or its crate if it is the root of one.
fn module_of(file: &str) -> String {
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    match parts[..] {
        ["crates", _, "src", "lib" | "main"] => crate_of(file),
        [.., folder, "mod"] => folder.into(),
        [.., name] => name.into(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_belong_to_what_they_are_in() {
        let mut names = Names::default();
        let text = "pub use b::C; pub enum E { V { field: u8 } } pub struct S { f: u8 }
            impl<T> S { pub fn m() {} } pub trait T { const K: u8; fn n(); } mod inner { pub fn i() {} }
            macro_rules! told { () => {} } fn f() { info_span!(\"s\", at_once = 1, later = Empty) }";
        names.add("crates/vfs/src/lib.rs", text).unwrap();
        for (owner, name) in [
            ("incrdir_vfs", "C"),
            ("incrdir_vfs", "E"),
            ("E", "V"),
            ("V", "field"),
            ("S", "f"),
            ("S", "m"),
            ("T", "K"),
            ("T", "n"),
            ("inner", "i"),
            ("incrdir_vfs", "told"),
        ] {
            assert!(names.has_in(owner, name) && names.has(name), "{owner}::{name}");
        }
        assert!(!names.has_in("E", "m") && !names.has("gone"));
        assert!(names.has("at_once") && names.has("later") && names.has("incrdir_vfs"));
    }
}
