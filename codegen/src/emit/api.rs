//! `…_api.rs`: the struct of a tag, with a method for each operation.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Docs, collect_words, deprecated, import, print, requests, tree, used};
use crate::{
    lower::is_alias,
    model::{
        Api, Field, FileForm, Form, Idempotency, Kind, Model, OneOf, Operation, Outcome, Parameter,
        Place, Require, ResponseType, Version, Walk,
    },
    names,
};

pub(super) fn file(version: &Version, api: &Api, package: &str) -> String {
    let name = format_ident!("{}", api.name);
    let docs = Docs::new(0).prose(&api.docs);
    let aliases = &api.aliases;
    let methods = api.operations.iter().map(|one| {
        let call = method(one, version, &example(version, api, package, &one.example));
        let all = one.paging.as_ref().map(|paging| {
            let example = example(version, api, package, &paging.example);
            all_method(one, paging, &example)
        });
        let wait = one.outcome.as_ref().map(|outcome| {
            let example = example(version, api, package, &outcome.example);
            wait_method(one, outcome, &example)
        });
        let download = one.download.as_ref().map(|download| {
            let example = example(version, api, package, &download.example);
            download_method(one, download, &example)
        });
        let save = one.save_example.as_ref().map(|code| example(version, api, package, code));
        let to_file = to_file_method(one, save.as_deref());
        quote!(#call #all #wait #download #to_file)
    });
    let vendor = package.trim_end_matches("_billing");
    let statics = api.operations.iter().map(|one| operation(one, vendor, &version.name));
    let mut code = vec![
        quote! {
            #docs
            #(#[doc(alias = #aliases)])*
            #[derive(Debug, Clone)]
            pub struct #name {
                pub(crate) client: Client,
            }
        },
        quote! {
            impl #name {
                /// Creates the API. Its calls use the connections, credentials and options of `client`.
                #[must_use]
                pub fn new(client: &Client) -> Self {
                    Self { client: client.clone() }
                }
                #(#methods)*
            }
        },
    ];
    code.extend(statics);
    let siblings = version.exports().filter(|export| *export != api.name);
    let siblings = import(&quote!(use super), used(&code, siblings));
    let hand = version.hand.iter().map(String::as_str);
    let root = used(
        &code,
        ["Client", "Download", "Pager", "Response", "Result", "Wait"].into_iter().chain(hand),
    );
    let root = import(&quote!(use crate), root);
    let link =
        (!used(&code, ["link_parameter"]).is_empty()).then(|| quote!(, http::link_parameter));
    let bytes = (!used(&code, ["to_base64"]).is_empty()).then(|| quote!(, json::to_base64));
    let outside = quote! {
        use http::Method;
        use sdk_core::{Idempotency, Operation #link #bytes};
    };
    print([outside, quote!(#siblings #root)].into_iter().chain(code))
}

/// The constant that describes the operation to the core.
fn constant(operation: &Operation) -> proc_macro2::Ident {
    format_ident!("{}", operation.name.to_ascii_uppercase())
}

fn operation(operation: &Operation, vendor: &str, version: &str) -> TokenStream {
    let constant = constant(operation);
    let Operation { name, route, .. } = operation;
    let method = format_ident!("{}", operation.method);
    let idempotency = match operation.idempotency {
        Idempotency::Safe => quote!(Safe),
        Idempotency::Idempotent => quote!(Idempotent),
        Idempotency::Never => quote!(Never),
    };
    let success = operation.success.iter().map(|status| Literal::u16_unsuffixed(*status));
    let success = (operation.success != [200]).then(|| quote!(.success(&[#(#success),*])));
    quote! {
        static #constant: Operation =
            Operation::http(#name, Method::#method, #route, Idempotency::#idempotency)
                #success
                .api(#vendor, #version);
    }
}

fn method(operation: &Operation, version: &Version, example: &str) -> TokenStream {
    let name = names::ident(&operation.name);
    let constant = constant(operation);
    let repeat = match operation.idempotency {
        Idempotency::Safe => "safe to repeat",
        Idempotency::Idempotent => "idempotent",
        Idempotency::Never => "at most once",
    };
    let route = format!("{} {}", operation.method, operation.route);
    let docs = Docs::new(4)
        .prose(&operation.summary)
        .raw(&format!("`{route}` · {repeat} · [vendor page]({})", operation.page))
        .prose(&operation.docs)
        .prose(&operation.response_docs)
        .sentences(repeated_delete(operation).as_slice())
        .raw("# Errors");
    let docs = errors(docs, operation, version).raw("# Example").raw(example);
    // Users also search for the bare route.
    let mut aliases = vec![route, operation.route.clone()];
    if operation.id != operation.name && is_alias(&operation.id) {
        aliases.insert(0, operation.id.clone());
    }
    let (argument, convert) = request(operation);
    let fills: Vec<_> = operation.one_of.iter().filter_map(|one| fill(operation, one)).collect();
    let mutable = (!fills.is_empty()).then(|| quote!(mut));
    let checks = operation.one_of.iter().map(|group| check(operation, group));
    let steps = operation.parameters.iter().map(|one| step(operation, one));
    let (response_type, send) = match &operation.response_type {
        ResponseType::Object(name) => {
            let name = format_ident!("{name}");
            let send = if operation.list { quote!(send_page) } else { quote!(send) };
            (quote!(#name), quote!(#send()))
        }
        ResponseType::File(name, media_type) => {
            let name = format_ident!("{name}");
            (quote!(#name), quote!(send_file(#media_type)))
        }
        ResponseType::List(name) => {
            let name = format_ident!("{name}");
            (quote!(Vec<#name>), quote!(send_list()))
        }
        ResponseType::Download(_) => (quote!(Download), quote!(send_download())),
        ResponseType::Nothing => (quote!(()), quote!(send_empty())),
    };
    let (response_type, send) = match &operation.outcome {
        Some(outcome) => {
            let outcome = format_ident!("{}", outcome.name);
            (quote!(#outcome<#response_type>), quote!(send_outcome()))
        }
        None => (response_type, send),
    };
    let accept = match &operation.response_type {
        ResponseType::Download(media_type) => Some(media_type.as_str()),
        _ => operation.accept,
    };
    let accept = accept.map(|media_type| quote!(.accept(#media_type)));
    let checks = checks.chain(presences(operation, version)).chain(agreements(operation, version));
    let omissions = operation.parameters.iter().flat_map(|one| read_only(version, one));
    let omissions = omissions.map(|path| quote!(.omit(&[#(#path),*])));
    let empty = may_be_empty(operation);
    let deprecated = deprecated(&operation.deprecated);
    let unused = if operation.parameters.is_empty() { "_" } else { "" };
    let name_of_request = format_ident!("{unused}request");
    let (in_place, convert) = if convert {
        (None, Some(quote!(let #mutable request = request.into();)))
    } else {
        (mutable, None)
    };
    quote! {
        #docs
        #(#[doc(alias = #aliases)])*
        #deprecated
        pub async fn #name(
            &self,
            #in_place #name_of_request: #argument
        ) -> Result<Response<#response_type>> {
            #convert
            #(#fills)*
            self.client.call(&#constant) #accept #(#checks)* #(#steps)* #(#omissions)* #empty .#send.await
        }
    }
}

/// The core's treatment of a 404 in response to a deletion.
fn repeated_delete(operation: &Operation) -> Option<String> {
    let deletes = operation.method == "DELETE" && operation.response_type == ResponseType::Nothing;
    deletes.then(|| {
        "If a retry returns 404, an earlier attempt has deleted the resource, which is a success, not an error."
            .to_owned()
    })
}

/// The type of the argument, and whether it must be converted to the request.
fn request(operation: &Operation) -> (TokenStream, bool) {
    let request = format_ident!("{}", operation.request);
    match requests::only_argument(operation) {
        Some(_) => (quote!(impl Into<#request>), true),
        None => (quote!(#request), false),
    }
}

/// Whether a request sets a parameter.
fn is_set(parameter: &Parameter) -> TokenStream {
    let name = names::ident(&parameter.field.name);
    if parameter.is_optional() {
        quote!(request.#name.is_some())
    } else {
        quote!(!request.#name.is_empty())
    }
}

/// Accepts a response without content.
fn may_be_empty(operation: &Operation) -> Option<TokenStream> {
    operation.may_be_empty.then(|| quote!(.may_be_empty()))
}

/// The path parameters that the body repeats, with the property that repeats each.
fn repeated<'a>(
    operation: &'a Operation,
    version: &'a Version,
) -> impl Iterator<Item = (&'a Parameter, &'a Parameter, &'a Field)> {
    let body = operation.parameters.iter().filter_map(|one| match &one.field.kind {
        Kind::Model { name, .. } if matches!(one.place, Place::Document(_)) => {
            Some((one, version.models.iter().find(|model| model.name == *name)?))
        }
        _ => None,
    });
    body.flat_map(|(body, model)| {
        let path = operation.parameters.iter().filter(|one| one.place == Place::Path);
        path.filter_map(move |path| {
            let same = |field: &&Field| {
                field.wire == path.field.wire && field.kind == path.field.kind && field.nullable
            };
            Some((path, body, model.fields.iter().find(same)?))
        })
    })
}

/// The properties that a whole body must have, each with the body.
fn demanded<'a>(
    operation: &'a Operation,
    version: &'a Version,
) -> impl Iterator<Item = (&'a Parameter, &'a Field)> {
    operation.parameters.iter().flat_map(|body| {
        let model = model_of(version, &body.field.kind);
        let fields = model.into_iter().flat_map(|model| &model.fields);
        fields.filter(|field| body.properties.contains(&field.wire)).map(move |field| (body, field))
    })
}

/// Rejects a body without a property that it must have.
fn presences(operation: &Operation, version: &Version) -> Vec<TokenStream> {
    let check = |(body, field): (&Parameter, &Field)| {
        let reason =
            format!("`{}` of `{}` is missing or empty: set it", field.wire, body.field.name);
        let body = names::ident(&body.field.name);
        let field = names::ident(&field.name);
        quote! {
            .require(
                request.#body.#field.as_ref().is_some_and(|value| !value.as_str().is_empty()),
                #reason
            )
        }
    };
    demanded(operation, version).map(check).collect()
}

/// The paths of the properties of a whole body that only responses have.
fn read_only<'a>(version: &'a Version, body: &'a Parameter) -> Vec<Vec<&'a str>> {
    let mut paths = Vec::new();
    let mut open = vec![(Vec::new(), &body.field.kind)];
    if !matches!(body.place, Place::Document(_)) {
        open.clear();
    }
    let mut seen = Vec::new();
    while let Some((path, kind)) = open.pop() {
        let Some(model) = model_of(version, kind) else { continue };
        if seen.contains(&&model.name) {
            continue;
        }
        seen.push(&model.name);
        for field in &model.fields {
            let path = [&path[..], &[field.wire.as_str()]].concat();
            match field.read_only {
                true => paths.push(path),
                false => open.push((path, &field.kind)),
            }
        }
    }
    paths
}

/// The model of an object, or of each object of a list.
fn model_of<'a>(version: &'a Version, kind: &Kind) -> Option<&'a Model> {
    match kind {
        Kind::Model { name, .. } => version.models.iter().find(|model| model.name == *name),
        Kind::List(element) => model_of(version, element),
        _ => None,
    }
}

/// Rejects a body that contradicts the path.
fn agreements(operation: &Operation, version: &Version) -> Vec<TokenStream> {
    let check = |(path, body, field): (&Parameter, &Parameter, &Field)| {
        let reason = format!(
            "`{}` of the path and `{}` of the body differ: make them equal, or leave the body's unset",
            path.field.wire, field.wire
        );
        let path = names::ident(&path.field.name);
        let body = names::ident(&body.field.name);
        let field = names::ident(&field.name);
        quote! {
            .require(
                request.#body.#field.as_ref().is_none_or(|value| *value == request.#path),
                #reason
            )
        }
    };
    repeated(operation, version).map(check).collect()
}

/// Fills the parameters of a group from the client. If the request sets none of them, the first one
/// that the client has is sent. In a group that allows several, each missing one is filled.
fn fill(operation: &Operation, group: &OneOf) -> Option<TokenStream> {
    let defaults = operation.defaults(group);
    if group.require == Require::AtLeast {
        let fills = defaults.iter().map(|(one, default)| {
            let name = names::ident(&one.field.name);
            let default = format_ident!("{default}");
            let owned = (one.field.kind == Kind::Text).then(|| quote!(.map(str::to_owned)));
            quote! {
                if request.#name.is_none() {
                    request.#name = self.client.#default() #owned;
                }
            }
        });
        let fills: TokenStream = fills.collect();
        return (!fills.is_empty()).then_some(fills);
    }
    let fills = defaults.iter().rev().fold(None, |then: Option<TokenStream>, (one, default)| {
        let name = names::ident(&one.field.name);
        let default = format_ident!("{default}");
        let owned = (one.field.kind == Kind::Text).then(|| quote!(.map(str::to_owned)));
        let otherwise = then.map(|then| quote!(if request.#name.is_none() { #then }));
        Some(quote! {
            request.#name = self.client.#default() #owned;
            #otherwise
        })
    })?;
    let unset = operation.members(group).map(|one| {
        let name = names::ident(&one.field.name);
        let is = format_ident!("{}", if one.is_optional() { "is_none" } else { "is_empty" });
        quote!(request.#name.#is())
    });
    Some(quote!(if #(#unset)&&* { #fills }))
}

/// Rejects a request that sets too many or too few parameters of a group.
fn check(operation: &Operation, group: &OneOf) -> TokenStream {
    let set = operation.members(group).map(is_set);
    let wires = operation.members(group).map(|one| &one.field.wire);
    match group.require {
        Require::AtMost => quote!(.at_most_one(&[#((#wires, #set)),*])),
        Require::Exactly => quote!(.exactly_one(&[#((#wires, #set)),*])),
        Require::AtLeast => {
            let wires: Vec<_> = wires.map(|wire| format!("`{wire}`")).collect();
            let mut reason = format!("{} are missing: set at least one", names::listed(&wires));
            for (_, default) in operation.defaults(group) {
                reason.push_str(&format!(", or give the client a `{default}`"));
            }
            quote!(.require(#(#set)||*, #reason))
        }
    }
}

/// Describes a request that sets too many or too few parameters of a group.
fn misuse(operation: &Operation, group: &OneOf) -> String {
    let members = operation.members(group);
    let members: Vec<_> =
        members.map(|one| format!("`{}`", names::written(&one.field.name))).collect();
    match (group.require, members.as_slice()) {
        (Require::AtMost, [one, other]) => format!("both {one} and {other} are set"),
        (Require::AtMost, _) => {
            format!("more than one of {} is set", names::listed(&members))
        }
        (Require::Exactly, _) => {
            format!("none or more than one of {} is set", names::listed(&members))
        }
        (Require::AtLeast, [one, other]) => format!("neither {one} nor {other} is set"),
        (Require::AtLeast, _) => format!("none of {} is set", names::listed(&members)),
    }
}

/// The builder call that adds a parameter.
fn step(operation: &Operation, parameter: &Parameter) -> TokenStream {
    let field = &parameter.field;
    let wire = &field.wire;
    let name = names::ident(&field.name);
    let add = match parameter.place {
        Place::Path => {
            let others = &parameter.other_routes;
            let text = match &field.kind {
                Kind::Enum(_) => quote!(request.#name.as_str()),
                Kind::Hand { form: Form::Either, .. } => quote!(request.#name.as_ref()),
                Kind::Hand { .. } | Kind::Integer(_) | Kind::Day | Kind::Month
                    if others.is_empty() =>
                {
                    return quote!(.path_value(#wire, request.#name));
                }
                Kind::Hand { .. } | Kind::Integer(_) | Kind::Day | Kind::Month => {
                    quote!(&request.#name.to_string())
                }
                _ => quote!(&request.#name),
            };
            return if others.is_empty() {
                quote!(.path(#wire, #text))
            } else {
                quote!(.path_except(#wire, #text, &[#(#others),*]))
            };
        }
        Place::Document(media_type) => return quote!(.document(#media_type, &request.#name)),
        Place::Query => format_ident!("query"),
        Place::Header => format_ident!("header"),
        Place::Body => format_ident!("body"),
    };
    // The parameters of a group were filled before.
    let default =
        parameter.client_default.as_ref().filter(|_| operation.group_of(parameter).is_none());
    let Some(default) = default else {
        let reason = format!("`{wire}` is empty: set it on the request");
        let check = parameter
            .must_be_filled()
            .then(|| quote!(.require(!request.#name.is_empty(), #reason)));
        let encoded = match &field.kind {
            Kind::Bytes if parameter.is_optional() => quote!(.as_deref().map(to_base64)),
            Kind::Bytes => return quote!(#check .#add(#wire, to_base64(&request.#name))),
            _ => TokenStream::new(),
        };
        return quote!(#check .#add(#wire, request.#name #encoded));
    };
    let advice = format!("set it on the request, or give the client a `{default}`");
    let default = format_ident!("{default}");
    let given = (field.kind == Kind::Text).then(|| quote!(.as_deref()));
    let value = quote!(request.#name #given .or(self.client.#default()));
    if parameter.required {
        let add = format_ident!("required_{add}");
        quote!(.#add(#wire, #value, #advice))
    } else {
        quote!(.#add(#wire, #value))
    }
}

/// The `# Errors` section.
fn errors(docs: Docs, operation: &Operation, version: &Version) -> Docs {
    let mut before = Vec::new();
    for group in &operation.one_of {
        let mut what = misuse(operation, group);
        if group.require == Require::AtLeast {
            for (_, default) in operation.defaults(group) {
                what.push_str(&format!(", and the client has no `{default}`"));
            }
        }
        before.push(what);
    }
    for parameter in &operation.parameters {
        let name = names::written(&parameter.field.name);
        match &parameter.client_default {
            Some(default) if parameter.required => {
                before.push(format!("`{name}` is missing and the client has no `{default}`"));
            }
            None if parameter.place == Place::Path && parameter.may_be_invalid_segment() => {
                let mut values = vec!["empty".to_owned(), "`.`".to_owned(), "`..`".to_owned()];
                values.extend(parameter.other_routes.iter().map(|route| format!("`{route}`")));
                let last = values.pop().unwrap_or_default();
                before.push(format!("`{name}` is {} or {last}", values.join(", ")));
            }
            None if parameter.must_be_filled() => before.push(format!("`{name}` is empty")),
            _ => {}
        }
    }
    for (body, field) in demanded(operation, version) {
        let body = names::written(&body.field.name);
        before.push(format!("`{}` of `{body}` is missing or empty", field.wire));
    }
    for (path, body, field) in repeated(operation, version) {
        let (path, body, field) = (&path.field.name, &body.field.name, &field.wire);
        before.push(format!(
            "`{field}` of `{body}` is set and differs from the `{path}` of the path"
        ));
    }
    let mut docs = docs.sentences(&[
        "Returns an [`Error`](crate::Error): [`Error::kind`](crate::Error::kind) tells what failed, \
         and [`Error::was_sent`](crate::Error::was_sent) whether the request was sent."
            .to_owned(),
    ]);
    if !before.is_empty() {
        let what = before.join(", or ");
        docs = docs.sentences(&[format!(
            "Fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), without \
             sending anything, if {what}."
        )]);
    }
    if !operation.errors.is_empty() {
        let words = |docs: &str| docs.split_whitespace().collect::<Vec<_>>().join(" ");
        let items = operation.errors.iter();
        let items = items.map(|(status, docs)| format!("- {status}: {}\n", words(docs)));
        docs = docs.prose(&items.collect::<String>());
    }
    docs
}

/// The method that waits until the response is ready.
fn wait_method(operation: &Operation, outcome: &Outcome, example: &str) -> TokenStream {
    let (ResponseType::Object(response_type), Some(name)) =
        (&operation.response_type, operation.wait_name())
    else {
        return TokenStream::new();
    };
    let call = names::ident(&operation.name);
    let name = names::ident(&name);
    let constant = constant(operation);
    let response_type = format_ident!("{response_type}");
    let one = &operation.name;
    let docs = Docs::new(4)
        .prose(&outcome.summary)
        .sentences(&[
            format!("Polls [`{one}`](Self::{one}) until the result is ready,"),
            "at the intervals and until the deadline set in `wait`.".to_owned(),
        ])
        .raw("# Errors")
        .sentences(&[
            format!("Same as [`{one}`](Self::{one}). Also fails with"),
            "[`Timeout`](crate::ErrorKind::Timeout) if the result is not ready in time.".to_owned(),
        ])
        .raw("# Example")
        .raw(example);
    let (argument, convert) = request(operation);
    let convert = convert.then(|| quote!(let request = request.into();));
    let deprecated = deprecated(&operation.deprecated);
    quote! {
        #docs
        #deprecated
        pub async fn #name(
            &self,
            request: #argument,
            wait: Wait
        ) -> Result<Response<#response_type>> {
            #convert
            wait.until_ready(&#constant, || self.#call(request.clone())).await
        }
    }
}

/// The method that writes a download to disk while it arrives.
fn to_file_method(operation: &Operation, example: Option<&str>) -> Option<TokenStream> {
    let constant = constant(operation);
    let (argument, convert) = request(operation);
    let convert = convert.then(|| quote!(let request = request.into();));
    let steps: Vec<_> = operation.parameters.iter().map(|one| step(operation, one)).collect();
    let empty = may_be_empty(operation);
    let name = names::ident(&operation.to_file_name()?);
    let (one, format, accept, save) = match (&operation.download, &operation.response_type) {
        (Some(download), _) => {
            let format = format_ident!("{}", download.format);
            (
                &download.name,
                Some(quote!(format: #format,)),
                Some(quote!(.accept(format.media_type()))),
                quote!(save_download(path)),
            )
        }
        (None, ResponseType::File(file, media_type)) => {
            let file = format_ident!("{file}");
            (&operation.name, None, None, quote!(save_file::<#file>(#media_type, path)))
        }
        (None, ResponseType::Download(media_type)) => {
            (&operation.name, None, Some(quote!(.accept(#media_type))), quote!(save_download(path)))
        }
        _ => return None,
    };
    let docs = Docs::new(4)
        .sentences(&[
            format!("Same as [`{one}`](Self::{one}), but writes the file to `path` while it"),
            "arrives, and returns its length in bytes.".to_owned(),
        ])
        .sentences(&[
            "Raw bytes are never held in memory as a whole:".to_owned(),
            "[`max_file_size`](crate::CallOptions::max_file_size) limits them, not".to_owned(),
            "[`max_body_size`](crate::CallOptions::max_body_size). `path` holds either its old"
                .to_owned(),
            "content or the whole file, even if the download fails.".to_owned(),
        ])
        .raw("# Errors")
        .sentences(&[
            format!("Same as [`{one}`](Self::{one}). Also fails with"),
            "[`ErrorKind::File`](crate::ErrorKind::File) if the file cannot be written.".to_owned(),
        ]);
    let docs = match example {
        Some(example) => docs.raw("# Example").raw(example),
        None => docs,
    };
    Some(quote! {
        #docs
        pub async fn #name(
            &self,
            request: #argument,
            #format
            path: impl AsRef<std::path::Path>
        ) -> Result<Response<u64>> {
            #convert
            self.client.call(&#constant) #accept #(#steps)* #empty .#save.await
        }
    })
}

/// The method that returns the response as a file.
fn download_method(operation: &Operation, download: &FileForm, example: &str) -> TokenStream {
    let name = names::ident(&download.name);
    let constant = constant(operation);
    let format = format_ident!("{}", download.format);
    let one = &operation.name;
    let route = format!("{} {}", operation.method, operation.route);
    let bare = &operation.route;
    let docs = Docs::new(4)
        .prose(&download.summary)
        .sentences(&[
            format!("Like [`{one}`](Self::{one}), but returns the raw bytes"),
            "together with the file name and content type.".to_owned(),
        ])
        .raw("# Errors")
        .sentences(&[
            format!(
                "Same as [`{one}`](Self::{one}). Also fails if the response is empty or not of"
            ),
            "the requested type.".to_owned(),
        ])
        .raw("# Example")
        .raw(example);
    let (argument, convert) = request(operation);
    let convert = convert.then(|| quote!(let request = request.into();));
    let deprecated = deprecated(&operation.deprecated);
    let steps = operation.parameters.iter().map(|one| step(operation, one));
    quote! {
        #docs
        #[doc(alias = #route)]
        #[doc(alias = #bare)]
        #deprecated
        pub async fn #name(
            &self,
            request: #argument,
            format: #format
        ) -> Result<Response<Download>> {
            #convert
            self.client
                .call(&#constant)
                .accept(format.media_type())
                #(#steps)*
                .send_download()
                .await
        }
    }
}

fn all_method(operation: &Operation, paging: &crate::model::Paging, example: &str) -> TokenStream {
    let ResponseType::Object(page_type) = &operation.response_type else {
        return TokenStream::new();
    };
    let name = format_ident!("{}_all", operation.name);
    let page_type = format_ident!("{page_type}");
    let page = names::ident(&paging.page);
    let mut start = format!("It starts at the `{page}` of the request.");
    let size = paging.page_size.as_ref().map(|(name, size)| {
        let client_default = operation
            .parameters
            .iter()
            .find(|one| one.field.name == *name)
            .and_then(|one| one.client_default.as_ref())
            .map(|default| format_ident!("{default}"));
        let or_client = client_default.as_ref().map(|default| quote!(.or(self.client.#default())));
        let who = if client_default.is_some() { "request or the client" } else { "request" };
        start = format!(
            "It starts at the `{page}` of the request. The page size is {size} unless the {who} \
             sets one."
        );
        let name = names::ident(name);
        let size = Literal::u32_unsuffixed(*size);
        quote!(request.#name = request.#name #or_client .or(Some(#size));)
    });
    let one = &operation.name;
    let docs = Docs::new(4)
        .prose(&paging.summary)
        .sentences(&[
            format!(
                "Iterates over every item, calling [`{one}`](Self::{one}) to fetch the next page"
            ),
            "when it is needed.".to_owned(),
            start,
        ])
        .raw("# Example")
        .raw(example);
    let (argument, convert) = request(operation);
    let deprecated = deprecated(&operation.deprecated);
    let own = names::ident(&operation.name);
    let call = quote!(async move { api.#own(request).await });
    let (walk, first, next, fetch) = match &paging.walk {
        Walk::Number => {
            let fetch = quote!(request.#page = Some(#page); #call);
            (quote!(by_page), quote!(request.#page.take()), quote!(#page), fetch)
        }
        Walk::Token => {
            let fetch = quote!(request.#page = #page; #call);
            (quote!(by_token), quote!(request.#page.take()), quote!(#page), fetch)
        }
        Walk::Link(wire) => {
            let fetch = quote! {
                async move {
                    if let Some(link) = link {
                        request.#page = Some(link_parameter(&link, #wire)?);
                    }
                    api.#own(request).await
                }
            };
            (quote!(by_token), quote!(None), quote!(link), fetch)
        }
    };
    let fills = client_defaults(operation, paging);
    let linked = matches!(paging.walk, Walk::Link(_));
    let mutable = size.is_some() || !linked || !fills.is_empty();
    let mutable = mutable.then(|| quote!(mut));
    let convert = match (convert, &mutable) {
        (true, _) => quote!(let #mutable request = request.into();),
        (false, Some(_)) => quote!(let mut request = request;),
        (false, None) => TokenStream::new(),
    };
    let page_size =
        paging.page_size.as_ref().filter(|_| paging.walk == Walk::Number).map(|(name, _)| {
            let name = names::ident(name);
            quote!(.page_size(request.#name))
        });
    let constant = constant(operation);
    quote! {
        #docs
        #deprecated
        pub fn #name(&self, request: #argument) -> Pager<#page_type> {
            let api = self.clone();
            #convert
            #fills
            #size
            let first = #first;
            let of_page = request.clone();
            Pager::#walk(first, move |#next| {
                let api = api.clone();
                let mut request = of_page.clone();
                #fetch
            })
            #page_size
            .for_request(&#constant, &request)
        }
    }
}

/// Fills the request from the client, so that a cursor belongs to the request that is actually
/// sent.
fn client_defaults(operation: &Operation, paging: &crate::model::Paging) -> TokenStream {
    let size = paging.page_size.as_ref().map(|(name, _)| name);
    let groups = operation.one_of.iter().filter_map(|group| fill(operation, group));
    let alone = operation.parameters.iter().filter_map(|one| {
        let default = one.client_default.as_ref()?;
        if size == Some(&one.field.name) || operation.group_of(one).is_some() {
            return None;
        }
        let name = names::ident(&one.field.name);
        let default = format_ident!("{default}");
        let owned = (one.field.kind == Kind::Text).then(|| quote!(.map(str::to_owned)));
        Some(quote!(request.#name = request.#name.or_else(|| self.client.#default() #owned);))
    });
    quote!(#(#groups)* #(#alone)*)
}

/// A complete doc test around the lines of an example.
fn example(version: &Version, api: &Api, package: &str, code: &str) -> String {
    let mut words = BTreeSet::from([api.name.clone()]);
    if let Ok(stream) = code.parse() {
        collect_words(stream, &mut words);
    }
    let exported = version.exported.iter().map(String::as_str);
    let mut names: Vec<&str> =
        version.exports().chain(exported).filter(|name| words.contains(*name)).collect();
    names.sort_unstable();
    let module = names::ident(&version.name);
    let inner = tree(&quote!(#module), names);
    let hand = version.hand.iter().filter(|name| !version.exported.contains(name));
    let mut root: Vec<&str> =
        hand.map(String::as_str).filter(|name| words.contains(*name)).collect();
    root.extend(["BillingMonth", "Wait"].into_iter().filter(|name| words.contains(*name)));
    root.push("Client");
    root.sort_unstable();
    let root = root.iter().map(|name| format_ident!("{name}"));
    let package = format_ident!("{package}");
    let imports = print([quote!(use #package::{#(#root,)* #inner};)]);
    let variable = names::snake(api.name.strip_suffix("Api").unwrap_or(&api.name));
    let variable = names::written(&variable);
    format!(
        "```no_run\n\
         # async fn example() -> Result<(), {package}::Error> {{\n\
         {imports}\n\
         let {variable} = {}::new(&Client::from_env()?);\n\
         {code}\n\
         # Ok(())\n\
         # }}\n\
         ```",
        api.name,
    )
}
