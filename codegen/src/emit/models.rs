//! `models.rs`: what operations answer with.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Docs, field_docs, import, print, rename, setter, type_tokens, used};
use crate::{
    model::{End, Field, Form, Kind, Model, Version},
    names,
};

pub(super) fn file(version: &Version) -> String {
    let code: Vec<TokenStream> = version.models.iter().flat_map(model).collect();
    let chrono = import(&quote!(use chrono), used(&code, ["DateTime", "NaiveDate", "Utc"]));
    let decimal = import(&quote!(use rust_decimal), used(&code, ["Decimal"]));
    let map = import(&quote!(use std::collections), used(&code, ["BTreeMap"]));
    let adapters = ["Amount", "As", "DefaultOnNull", "Number", "Object", "Same"];
    let adapters = used(&code, adapters);
    let json = import(&quote!(use sdk_core::json), adapters);
    let core = ["BillingMonth", "NumberedPage", "Page", "TokenPage"];
    let core = import(&quote!(use sdk_core), used(&code, core));
    let enums = version.enums.iter().map(|one| one.name.as_str());
    let siblings = import(&quote!(use super), used(&code, enums));
    let hand = version.hand.iter().map(String::as_str);
    let root = import(&quote!(use crate), used(&code, hand));
    let outside = quote! { #chrono #decimal #core #json use serde::{Deserialize, Serialize}; };
    print([map, outside, quote!(#siblings #root)].into_iter().chain(code))
}

fn model(model: &Model) -> Vec<TokenStream> {
    let name = format_ident!("{}", model.name);
    let docs = Docs::new(0).prose(&model.docs);
    let fields = model.fields.iter().map(|one| field(one, model.sent));
    let setters = model.fields.iter().map(|field| setter(field, field.nullable));
    let structure = quote! {
        #docs
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct #name {
            #(#fields)*
        }
    };
    let methods = quote! {
        impl #name {
            #(#setters)*
        }
    };
    let mut code = vec![structure, methods];
    if let Some(pages) = &model.pages {
        let items = names::ident(&pages.items);
        let item = format_ident!("{}", pages.item);
        code.push(quote! {
            impl Page for #name {
                type Item = #item;
                fn items_mut(&mut self) -> &mut Vec<#item> {
                    &mut self.#items
                }
            }
        });
        code.push(match &pages.end {
            End::Total(total) => {
                let total = names::ident(total);
                quote! {
                    impl NumberedPage for #name {
                        fn total_count(&self) -> u64 {
                            self.#total
                        }
                    }
                }
            }
            End::NextIn(outer, inner) => {
                let (outer, inner) = (names::ident(outer), names::ident(inner));
                quote! {
                    impl TokenPage for #name {
                        fn next_page_token(&self) -> Option<&str> {
                            Some(self.#outer.as_ref()?.#inner.as_str())
                        }
                    }
                }
            }
            End::Next(next) => {
                let next = names::ident(next);
                quote! {
                    impl TokenPage for #name {
                        fn next_page_token(&self) -> Option<&str> {
                            self.#next.as_deref()
                        }
                    }
                }
            }
        });
    }
    code
}

/// `sent` says whether it goes out in a body, in which what is absent is left out.
fn field(field: &Field, sent: bool) -> TokenStream {
    let name = names::ident(&field.name);
    let docs = field_docs(field);
    let rename = rename(field);
    let adapter = adapter(field).map(|adapter| quote!(#[serde(with = #adapter)]));
    let skip =
        (sent && field.nullable).then(|| quote!(#[serde(skip_serializing_if = "Option::is_none")]));
    let mut kind = type_tokens(&field.kind);
    if field.nullable {
        kind = quote!(Option<#kind>);
    }
    quote! {
        #docs
        #rename
        #adapter
        #skip
        pub #name: #kind,
    }
}

/// How the field is decoded: leniently, and exactly.
fn adapter(field: &Field) -> Option<String> {
    let own = |kind: &Kind| match kind {
        Kind::Integer(_) => Some("Number"),
        Kind::Decimal => Some("Amount"),
        Kind::Model { boxed: true, .. } => Some("Box<Object>"),
        Kind::Model { .. } | Kind::Hand { form: Form::Object, .. } => Some("Object"),
        _ => None,
    };
    let inner = match &field.kind {
        Kind::List(element) => {
            let element = field.adapter.as_deref().or(own(element));
            element.map(|element| format!("Vec<{element}>"))
        }
        Kind::Map(element) => own(element).map(|element| format!("BTreeMap<Same, {element}>")),
        kind => own(kind).map(str::to_owned),
    };
    match (field.nullable, inner) {
        (true, None) => None,
        (true, Some(inner)) => Some(format!("As::<Option<{inner}>>")),
        (false, None) => Some("As::<DefaultOnNull>".to_owned()),
        (false, Some(inner)) => Some(format!("As::<DefaultOnNull<{inner}>>")),
    }
}
