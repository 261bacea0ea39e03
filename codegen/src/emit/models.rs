//! `models.rs`: the types of responses.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Docs, deprecated, field_docs, import, print, rename, setter, type_tokens, used};
use crate::{
    model::{End, Field, Form, Kind, Model, Pages, Step, Version},
    names,
};

/// The adapters of `sdk_core::json` for models.
const ADAPTERS: [&str; 21] = [
    "Amount",
    "AnyInstant",
    "AnyNumber",
    "As",
    "Base64",
    "DefaultOnNull",
    "EmptyAsNone",
    "Former",
    "FormerKeys",
    "Instant",
    "Item",
    "List",
    "Maybe",
    "Number",
    "Object",
    "OrDefault",
    "Required",
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
    let alias = model.alias.iter();
    let former = former(model);
    let optional = model.fields.iter().all(|field| !field.required);
    let serde = match (model.received, former.is_empty()) {
        (true, true) if optional => quote!(#[serde(default)]),
        (true, true) => quote!(),
        (true, false) if optional => quote!(#[serde(default, remote = "Self")]),
        (true, false) => quote!(#[serde(remote = "Self")]),
        (false, _) => quote!(#[serde(deny_unknown_fields)]),
    };
    let structure = quote! {
        #docs
        #(#[doc(alias = #alias)])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #serde
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
    if model.received && !former.is_empty() {
        code.push(quote! {
            impl<'de> Deserialize<'de> for #name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    const FORMER: Former = Former::new(&[#(#former),*]);
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

/// The field at the end of a path. An optional field on the way returns early with `?`.
fn reach(path: &[Step]) -> TokenStream {
    let last = path.len().saturating_sub(1);
    let steps = path.iter().enumerate().map(|(at, step)| {
        let name = names::ident(&step.name);
        let unwrap = (step.nullable && at < last).then(|| quote!(.as_ref()?));
        quote!(.#name #unwrap)
    });
    quote!(self #(#steps)*)
}

/// The former names of its keys, each with the current one.
fn former(model: &Model) -> Vec<TokenStream> {
    let pairs = model.fields.iter().flat_map(|field| {
        let wire = &field.wire;
        field.aliases.iter().map(move |alias| quote!((#alias, #wire)))
    });
    pairs.collect()
}

fn field(version: &Version, model: &Model, field: &Field) -> TokenStream {
    let name = names::ident(&field.name);
    let docs = field_docs(field);
    let deprecated = deprecated(&field.deprecated);
    let rename = rename(field);
    let adapter = match model.received {
        _ if field.clearable => Some("double_option".to_owned()),
        true => lenient(version, field),
        false => strict(version, field),
    };
    // Only a plain `Option` may be missing without an adapter, and a model with required fields has
    // no default.
    let default = match model.received {
        true => !field.required && model.fields.iter().any(|other| other.required),
        false => field.nullable,
    };
    let default = default.then(|| quote!(default,));
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
        #deprecated
        #rename
        #adapter
        #skip
        pub #name: #kind,
    }
}

/// The attributes that decode a field of a response: leniently, and exactly.
fn lenient(version: &Version, field: &Field) -> Option<String> {
    let adapter = match (&field.kind, &field.adapter) {
        (Kind::List(_), Some(element)) => format!("List<{element}>"),
        (_, Some(adapter)) if field.nullable => adapter.clone(),
        (_, Some(adapter)) => format!("OrDefault<{adapter}>"),
        _ if field.required => "Required".to_owned(),
        (Kind::Integer(_), _) if field.nullable => "AnyNumber".to_owned(),
        (Kind::Instant, _) if field.nullable && version.loose_dates => "AnyInstant".to_owned(),
        (Kind::Bytes, _) if field.nullable => "Option<Base64>".to_owned(),
        (kind, _) if field.nullable => option(kind)?.to_owned(),
        (kind, _) => value(kind),
    };
    Some(format!("As::<{adapter}>"))
}

/// The adapter of an optional value.
fn option(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Integer(_) => Some("Number"),
        Kind::Decimal => Some("Amount"),
        Kind::Instant => Some("Instant"),
        Kind::Day | Kind::Month => Some("EmptyAsNone"),
        Kind::Code | Kind::Hand { form: Form::Either, .. } => Some("Text"),
        Kind::Model { .. } | Kind::Hand { form: Form::Object, .. } => Some("Object"),
        _ => None,
    }
}

/// The adapter of a value that defaults when it is absent.
fn value(kind: &Kind) -> String {
    match kind {
        Kind::Bytes => "DefaultOnNull<Base64>".to_owned(),
        Kind::List(kind) => match element(kind) {
            Some(element) => format!("List<{element}>"),
            None => "List".to_owned(),
        },
        Kind::Map(element) => {
            let value = match (&**element, option(element)) {
                (Kind::Integer(_) | Kind::Decimal, Some(number)) => number.to_owned(),
                (element, _) => value(element),
            };
            format!("DefaultOnNull<BTreeMap<Same, {value}>>")
        }
        kind => match option(kind) {
            Some(adapter) => format!("OrDefault<{adapter}>"),
            None => "DefaultOnNull".to_owned(),
        },
    }
}

/// The adapter of the elements of a list, if they need one.
fn element(kind: &Kind) -> Option<String> {
    match (kind, option(kind)) {
        (_, Some("Object")) => Some("Item".to_owned()),
        (_, Some(adapter)) => Some(adapter.to_owned()),
        (Kind::Bytes | Kind::List(_) | Kind::Map(_), None) => {
            Some(format!("Maybe<{}>", value(kind)))
        }
        _ => None,
    }
}

/// The deserialization of a part of a request. Unknown keys are allowed if responses contain it,
/// too.
pub(super) fn strict(version: &Version, field: &Field) -> Option<String> {
    let (element, form) = match &field.kind {
        Kind::Bytes if field.nullable => return Some("As::<Option<Base64>>".to_owned()),
        Kind::Bytes => return Some("As::<Base64>".to_owned()),
        Kind::List(element) => (&**element, "As::<Vec<Strict>>"),
        kind if field.nullable => (kind, "As::<Option<Strict>>"),
        kind => (kind, "As::<Strict>"),
    };
    let Kind::Model { name, .. } = element else { return None };
    let shared = version.models.iter().any(|model| model.name == *name && model.received);
    shared.then(|| form.to_owned())
}
