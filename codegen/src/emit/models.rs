//! `models.rs`: what operations answer with.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Docs, deprecated, field_docs, import, print, rename, setter, type_tokens, used};
use crate::{
    model::{End, Field, Form, Kind, Model, Pages, Step, Version},
    names,
};

pub(super) fn file(version: &Version) -> String {
    let code: Vec<TokenStream> = version.models.iter().flat_map(model).collect();
    let chrono = import(&quote!(use chrono), used(&code, ["DateTime", "NaiveDate", "Utc"]));
    let decimal = import(&quote!(use rust_decimal), used(&code, ["Decimal"]));
    let map = import(&quote!(use std::collections), used(&code, ["BTreeMap"]));
    let adapters = ["Amount", "As", "Base64", "DefaultOnNull", "Number", "Object", "Same"];
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
    let alias = model.alias.iter();
    let structure = quote! {
        #docs
        #(#[doc(alias = #alias)])*
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
        code.push(page(&name, pages));
        code.push(end(&name, &pages.end));
    }
    code
}

fn page(name: &Ident, pages: &Pages) -> TokenStream {
    let item = format_ident!("{}", pages.item);
    let items = pages.items.split_last().map(|(list, outer)| {
        let outer = outer.iter().map(|step| {
            let name = names::ident(&step.name);
            let fill = step.nullable.then(|| quote!(.get_or_insert_default()));
            quote!(.#name #fill)
        });
        let list = names::ident(&list.name);
        quote!(self #(#outer)* .#list)
    });
    let wires = pages.items.iter().map(|step| &step.wire);
    quote! {
        impl Page for #name {
            type Item = #item;
            const ITEMS_PATH: &'static [&'static str] = &[#(#wires),*];
            fn items_mut(&mut self) -> &mut Vec<#item> {
                &mut #items
            }
        }
    }
}

fn end(name: &Ident, end: &End) -> TokenStream {
    let total = match end {
        End::Next(path, total) => {
            let next = reach(path);
            let text = match path.last() {
                Some(last) if last.nullable => quote!(#next.as_deref()),
                _ => quote!(Some(#next.as_str())),
            };
            let total = total.as_ref().map(|path| {
                let total = reach(path);
                let total = match path.last() {
                    Some(last) if last.nullable => total,
                    _ => quote!(Some(#total).filter(|total| *total > 0)),
                };
                quote! {
                    fn total_count(&self) -> Option<u64> {
                        #total
                    }
                }
            });
            return quote! {
                impl TokenPage for #name {
                    fn next_page_token(&self) -> Option<&str> {
                        #text
                    }
                    #total
                }
            };
        }
        End::Total(path) => match path.iter().rposition(|step| step.nullable) {
            Some(at) => {
                let holder = reach(&path[..=at]);
                let name = names::ident(&path[at].name);
                let total = path[at + 1..].iter().map(|step| names::ident(&step.name));
                quote!(#holder.as_ref().map_or(0, |#name| #name #(.#total)*))
            }
            None => reach(path),
        },
        End::EmptyPage => quote!(0),
    };
    quote! {
        impl NumberedPage for #name {
            fn total_count(&self) -> u64 {
                #total
            }
        }
    }
}

/// The field at the end of a path; what may be absent on the way ends it with `?`.
fn reach(path: &[Step]) -> TokenStream {
    let last = path.len().saturating_sub(1);
    let steps = path.iter().enumerate().map(|(at, step)| {
        let name = names::ident(&step.name);
        let unwrap = (step.nullable && at < last).then(|| quote!(.as_ref()?));
        quote!(.#name #unwrap)
    });
    quote!(self #(#steps)*)
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
    let deprecated = deprecated(&field.deprecated);
    quote! {
        #docs
        #deprecated
        #rename
        #adapter
        #skip
        pub #name: #kind,
    }
}

/// How the field is decoded: leniently, and exactly.
fn adapter(field: &Field) -> Option<String> {
    let inner = match (&field.kind, &field.adapter) {
        (Kind::List(_), Some(element)) => Some(format!("Vec<{element}>")),
        (kind, _) => adapter_of(kind),
    };
    match (field.nullable, inner) {
        (true, None) => None,
        (true, Some(inner)) => Some(format!("As::<Option<{inner}>>")),
        (false, None) => Some("As::<DefaultOnNull>".to_owned()),
        (false, Some(inner)) => Some(format!("As::<DefaultOnNull<{inner}>>")),
    }
}

fn adapter_of(kind: &Kind) -> Option<String> {
    let adapter = match kind {
        Kind::Bytes => "Base64",
        Kind::Integer(_) => "Number",
        Kind::Decimal => "Amount",
        Kind::Model { boxed: true, .. } => "Box<Object>",
        Kind::Model { .. } | Kind::Hand { form: Form::Object, .. } => "Object",
        Kind::List(element) => return adapter_of(element).map(|inner| format!("Vec<{inner}>")),
        Kind::Map(element) => {
            return adapter_of(element).map(|inner| format!("BTreeMap<Same, {inner}>"));
        }
        _ => return None,
    };
    Some(adapter.to_owned())
}
