//! `requests.rs`: what operations ask with.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    Docs, argument, deprecated, field_docs, import, models::strict, print, rename, setter,
    type_tokens, used,
};
use crate::{
    model::{Api, Form, Kind, Operation, Parameter, Place, Version},
    names,
};

pub(super) fn file(version: &Version) -> String {
    let code: Vec<TokenStream> = version
        .apis
        .iter()
        .flat_map(|api| {
            api.operations.iter().flat_map(|operation| request(version, api, operation))
        })
        .collect();
    // A parameter may be called `fmt`.
    let secret = version.operations().flat_map(|one| &one.parameters).any(|one| one.secret);
    let std = secret.then(|| {
        quote!(
            use std::fmt;
        )
    });
    let chrono = import(&quote!(use chrono), used(&code, ["DateTime", "NaiveDate", "Utc"]));
    let core = import(&quote!(use sdk_core), used(&code, ["BillingMonth"]));
    let json = import(&quote!(use sdk_core::json), used(&code, ["As", "Base64", "Strict"]));
    let enums = version.enums.iter().map(|one| one.name.as_str());
    let models = version.models.iter().map(|one| one.name.as_str());
    let siblings = import(&quote!(use super), used(&code, enums.chain(models)));
    let hand = version.hand.iter().map(String::as_str);
    let root = import(&quote!(use crate), used(&code, hand));
    let outside = quote!(#chrono #core #json use serde::{Deserialize, Serialize};);
    print([quote!(#std), outside, quote!(#siblings #root)].into_iter().chain(code))
}

/// The fields that `new` asks for.
pub(super) fn arguments(operation: &Operation) -> Vec<&Parameter> {
    operation.parameters.iter().filter(|parameter| parameter.is_argument()).collect()
}

/// The one field that a request can be made from alone.
pub(super) fn only_argument(operation: &Operation) -> Option<&Parameter> {
    match arguments(operation).as_slice() {
        [one] if !matches!(one.field.kind, Kind::List(_)) => Some(one),
        _ => None,
    }
}

fn request(version: &Version, api: &Api, operation: &Operation) -> Vec<TokenStream> {
    let name = format_ident!("{}", operation.request);
    // rustdoc does not find raw names.
    let place = format!("{}::{}", api.name, operation.name);
    let docs = Docs::new(0).raw(&format!("Parameters of [`{place}`](super::{place})."));
    let fields = operation.parameters.iter().map(|one| field(version, one));
    let setters = operation.parameters.iter().map(|one| setter(&one.field, one.is_optional()));
    let new = new(operation);
    let secret = operation.parameters.iter().any(|one| one.secret);
    let debug = (!secret).then(|| quote!(Debug,));
    let mut code = vec![
        quote! {
            #docs
            #[derive(#debug Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            #[non_exhaustive]
            pub struct #name {
                #(#fields)*
            }
        },
        quote! {
            impl #name {
                #new
                #(#setters)*
            }
        },
    ];
    if secret {
        code.push(debug_without_secrets(operation));
    }
    if let Some(only) = only_argument(operation) {
        let argument = names::ident(&only.field.name);
        let kinds = match &only.field.kind {
            Kind::Text => vec![quote!(&str), quote!(String), quote!(&String)],
            kind @ Kind::Hand { form: Form::Either, .. } => {
                let own = type_tokens(kind);
                vec![
                    own.clone(),
                    quote!(&#own),
                    quote!(&str),
                    quote!(String),
                    quote!(&String),
                    quote!(u64),
                ]
            }
            kind => vec![type_tokens(kind)],
        };
        for kind in kinds {
            code.push(quote! {
                impl From<#kind> for #name {
                    fn from(#argument: #kind) -> Self {
                        Self::new(#argument)
                    }
                }
            });
        }
    }
    code
}

fn debug_without_secrets(operation: &Operation) -> TokenStream {
    let name = &operation.request;
    let fields = operation.parameters.iter().map(|one| {
        let label = &one.field.name;
        let field = names::ident(label);
        let value =
            if one.secret { quote!(&format_args!("[redacted]")) } else { quote!(&self.#field) };
        quote!(.field(#label, #value))
    });
    let request = format_ident!("{name}");
    quote! {
        impl fmt::Debug for #request {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(#name) #(#fields)* .finish()
            }
        }
    }
}

/// The type of an argument of `new`, and how it becomes the field's value. What makes a whole body
/// will do in its place.
fn given(parameter: &Parameter, name: &proc_macro2::Ident) -> (TokenStream, TokenStream) {
    if matches!(parameter.place, Place::Document(_)) {
        let target = type_tokens(&parameter.field.kind);
        return (quote!(impl Into<#target>), quote!(#name.into()));
    }
    argument(&parameter.field.kind, name)
}

fn new(operation: &Operation) -> TokenStream {
    let arguments = arguments(operation);
    if arguments.is_empty() {
        return quote! {
            /// Creates a request with no optional parameter set.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
        };
    }
    let fields: Vec<_> = arguments.iter().map(|one| names::ident(&one.field.name)).collect();
    let kinds = arguments.iter().zip(&fields).map(|(one, name)| given(one, name).0);
    let values = arguments.iter().zip(&fields).map(|(one, name)| match given(one, name).1 {
        value if value.clone().into_iter().count() == 1 => quote!(#name),
        value => quote!(#name: #value),
    });
    let rest = (arguments.len() < operation.parameters.len()).then(|| quote!(..Self::default()));
    quote! {
        /// Creates a request from its required parameters.
        #[must_use]
        pub fn new(#(#fields: #kinds),*) -> Self {
            Self { #(#values,)* #rest }
        }
    }
}

fn field(version: &Version, parameter: &Parameter) -> TokenStream {
    let field = &parameter.field;
    let name = names::ident(&field.name);
    let docs = field_docs(field);
    let deprecated = deprecated(&field.deprecated);
    let rename = rename(field);
    let adapter = match (&field.kind, parameter.place) {
        (Kind::Bytes, _) if parameter.is_optional() => {
            Some(quote!(#[serde(default, with = "As::<Option<Base64>>")]))
        }
        (Kind::Bytes, _) => Some(quote!(#[serde(with = "As::<Base64>")])),
        (_, Place::Document(_)) => {
            strict(version, field).map(|adapter| quote!(#[serde(with = #adapter)]))
        }
        _ => None,
    };
    let mut kind = type_tokens(&field.kind);
    let mut skip = None;
    if parameter.is_optional() {
        kind = quote!(Option<#kind>);
        skip = Some(quote!(#[serde(skip_serializing_if = "Option::is_none")]));
    } else if matches!(field.kind, Kind::List(_)) && !parameter.required {
        skip = Some(quote!(#[serde(default, skip_serializing_if = "Vec::is_empty")]));
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
