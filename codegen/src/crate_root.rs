//! The hand-written names of a vendor's crate to which specs may refer.

use std::collections::BTreeSet;

use crate::names;

/// The names that the hand-written files of a crate declare.
#[derive(Debug, Default)]
pub struct CrateRoot {
    /// The types at the crate root.
    types: BTreeSet<String>,
    /// The methods of its `Client`.
    client: BTreeSet<String>,
}

impl CrateRoot {
    /// Parses `lib.rs` and the files beside it.
    ///
    /// # Errors
    ///
    /// Fails if one of them is not Rust.
    pub fn read<'a>(lib: &str, others: impl IntoIterator<Item = &'a str>) -> syn::Result<Self> {
        let mut root = Self::default();
        let lib = syn::parse_file(lib)?;
        for item in &lib.items {
            match item {
                syn::Item::Use(item) => root.add_uses(&item.tree),
                syn::Item::Struct(item) => root.add(&item.ident),
                syn::Item::Enum(item) => root.add(&item.ident),
                syn::Item::Type(item) => root.add(&item.ident),
                _ => {}
            }
        }
        root.add_methods(&lib);
        for text in others {
            root.add_methods(&syn::parse_file(text)?);
        }
        Ok(root)
    }

    fn add(&mut self, name: &syn::Ident) {
        self.types.insert(name.to_string());
    }

    fn add_uses(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.add_uses(&path.tree),
            syn::UseTree::Name(name) => self.add(&name.ident),
            syn::UseTree::Rename(rename) => self.add(&rename.rename),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_uses(tree)),
            syn::UseTree::Glob(_) => {}
        }
    }

    fn add_methods(&mut self, file: &syn::File) {
        for item in &file.items {
            let syn::Item::Impl(block) = item else { continue };
            let syn::Type::Path(target) = &*block.self_ty else { continue };
            if block.trait_.is_none() && target.path.is_ident("Client") {
                let methods = block.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
                    _ => None,
                });
                self.client.extend(methods);
            }
        }
    }

    /// Rejects a type that does not exist.
    pub(crate) fn check_type(&self, name: &str) -> Result<(), String> {
        if self.types.contains(name) {
            return Ok(());
        }
        let hint = names::near(name, self.types.iter().map(String::as_str));
        Err(format!("`crate::{name}` is not at the root of the vendor's crate{hint}"))
    }

    /// Rejects a method of the client that does not exist.
    pub(crate) fn check_client(&self, name: &str) -> Result<(), String> {
        if self.client.contains(name) {
            return Ok(());
        }
        let hint = names::near(name, self.client.iter().map(String::as_str));
        Err(format!("the `Client` of the vendor's crate has no method `{name}`{hint}"))
    }
}
