//! `models.rs`: what operations answer with.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Docs, field_docs, import, print, rename, setter, type_tokens, used};
use crate::{
    model::{End, Field, Form, Kind, Model, Version},
    names,
};

/// What `sdk_core::json` offers to models.
const ADAPTERS: [&str; 16] = [
    "Amount",
    "As",
    "DefaultOnNull",
    "EmptyAsNone",
    "Former",
    "FormerKeys",
    "Instant",
    "Item",
    "List",
    "Number",
    "Object",
    "OrDefault",
    "Same",
    "Strict",
    "Text",
    "double_option",
];

pub(super) fn file(version: &Version) -> String {
    let code: Vec<TokenStream> =
        version.models.iter().flat_map(|one| model(version, one)).collect();
    let chrono = import(&quote!(use chrono), used(&code, ["DateTime", "NaiveDate", "Utc"]));
    let decimal = import(&quote!(use rust_decimal), used(&code, ["Decimal"]));
    let map = import(&quote!(use std::collections), used(&code, ["BTreeMap"]));
    let json = import(&quote!(use sdk_core::json), used(&code, ADAPTERS));
    let core = ["BillingMonth", "NumberedPage", "Page", "TokenPage"];
    let core = import(&quote!(use sdk_core), used(&code, core));
    let enums = version.enums.iter().map(|one| one.name.as_str());
    let siblings = import(&quote!(use super), used(&code, enums));
    let hand = version.hand.iter().map(String::as_str);
    let root = import(&quote!(use crate), used(&code, hand));
    let serde = ["Deserialize", "Deserializer", "Serialize", "Serializer"];
    let serde = import(&quote!(use serde), used(&code, serde));
    let outside = quote!(#chrono #decimal #core #json #serde);
    print([map, outside, quote!(#siblings #root)].into_iter().chain(code))
}

fn model(version: &Version, model: &Model) -> Vec<TokenStream> {
    let name = format_ident!("{}", model.name);
    let docs = Docs::new(0).prose(&model.docs);
    let fields = model.fields.iter().map(|one| field(version, model, one));
    let setters = model.fields.iter().map(|field| setter(field, field.nullable));
    let former = former(model);
    let serde = match (model.received, former.is_empty()) {
        (true, true) => quote!(default),
        (true, false) => quote!(default, remote = "Self"),
        (false, _) => quote!(deny_unknown_fields),
    };
    let structure = quote! {
        #docs
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(#serde)]
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
    if !former.is_empty() {
        code.push(quote! {
            impl<'de> Deserialize<'de> for #name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    const FORMER: &[Former] = &[#(#former),*];
                    Self::deserialize(FormerKeys::new(deserializer, FORMER))
                }
            }
        });
        code.push(quote! {
            impl Serialize for #name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    Self::serialize(self, serializer)
                }
            }
        });
    }
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

/// The other names of its keys, each with the present one.
fn former(model: &Model) -> Vec<TokenStream> {
    let pairs = model.fields.iter().flat_map(|field| {
        let wire = &field.wire;
        field.aliases.iter().map(move |alias| quote!((#alias, #wire)))
    });
    if model.received { pairs.collect() } else { Vec::new() }
}

fn field(version: &Version, model: &Model, field: &Field) -> TokenStream {
    let name = names::ident(&field.name);
    let docs = field_docs(field);
    let rename = rename(field);
    let adapter = if model.received { lenient(field) } else { strict(version, field) };
    // Nothing but a plain `Option` may be missing of itself.
    let default = (!model.received && field.nullable).then(|| quote!(default,));
    let adapter = match adapter {
        _ if field.clearable => Some("double_option".to_owned()),
        adapter => adapter,
    };
    let adapter = adapter.map(|adapter| quote!(#[serde(#default with = #adapter)]));
    let skip = (model.sent && field.nullable)
        .then(|| quote!(#[serde(skip_serializing_if = "Option::is_none")]));
    let mut kind = type_tokens(&field.kind);
    if field.clearable {
        kind = quote!(Option<Option<#kind>>);
    } else if field.nullable {
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

/// How a field of an answer is decoded: leniently, and exactly.
fn lenient(field: &Field) -> Option<String> {
    let own = |kind: &Kind| match kind {
        Kind::Integer(_) => Some("Number"),
        Kind::Decimal => Some("Amount"),
        Kind::Instant => Some("Instant"),
        Kind::Day | Kind::Month => Some("EmptyAsNone"),
        Kind::Code | Kind::Hand { form: Form::Either, .. } => Some("Text"),
        Kind::Model { .. } | Kind::Hand { form: Form::Object, .. } => Some("Object"),
        _ => None,
    };
    let adapter = match &field.kind {
        Kind::List(element) => {
            let element = match own(element) {
                _ if field.adapter.is_some() => field.adapter.as_deref(),
                Some("Object") => Some("Item"),
                element => element,
            };
            element.map_or_else(|| "List".to_owned(), |element| format!("List<{element}>"))
        }
        Kind::Map(element) => {
            let value = match (&**element, own(element)) {
                (Kind::Integer(_) | Kind::Decimal, Some(value)) => value.to_owned(),
                (_, Some(value)) => format!("OrDefault<{value}>"),
                (_, None) => "DefaultOnNull".to_owned(),
            };
            format!("DefaultOnNull<BTreeMap<Same, {value}>>")
        }
        kind => match (field.nullable, own(kind)) {
            (true, own) => own?.to_owned(),
            (false, Some(own)) => format!("OrDefault<{own}>"),
            (false, None) => "DefaultOnNull".to_owned(),
        },
    };
    Some(format!("As::<{adapter}>"))
}

/// How a part of a request is read that answers have, too: without unknown keys.
pub(super) fn strict(version: &Version, field: &Field) -> Option<String> {
    let (element, form) = match &field.kind {
        Kind::List(element) => (&**element, "As::<Vec<Strict>>"),
        kind if field.nullable => (kind, "As::<Option<Strict>>"),
        kind => (kind, "As::<Strict>"),
    };
    let Kind::Model { name, .. } = element else { return None };
    let shared = version.models.iter().any(|model| model.name == *name && model.received);
    shared.then(|| form.to_owned())
}
