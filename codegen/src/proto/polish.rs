//! Makes prost's messages look like the models of the HTTP crates.

use std::error::Error;

use proc_macro2::TokenStream;
use prost_types::{EnumDescriptorProto, FileDescriptorProto};
use quote::{format_ident, quote};
use syn::{
    Attribute, Expr, ExprLit, Field, GenericArgument, Ident, Item, ItemEnum, ItemStruct, Lit,
    PathArguments, Type, parse_quote,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rewrites what prost wrote for one file:
///
/// - Messages become `#[non_exhaustive]` and get setters, requests also `new`, and `From` a text
///   where that is all they need. Those that must not print their values get a `Debug` that does
///   not.
/// - They go to the wire by sdk-core's macro rather than by prost's derive, which would add
///   accessors that hide what is absent or unknown.
/// - Enums become open: `Unknown` holds any number that is not listed.
/// - Timestamps get an accessor that checks and converts them.
pub(super) fn polish(code: &str, descriptor: &FileDescriptorProto) -> Result<String> {
    let code = [
        ("::core::option::Option", "Option"),
        ("::prost::alloc::string::String", "String"),
        ("::prost::alloc::vec::Vec", "Vec"),
    ]
    .iter()
    .fold(code.to_owned(), |code, (long, short)| code.replace(long, short));
    let mut blocks = Vec::new();
    for item in syn::parse_file(&code)?.items {
        match item {
            Item::Struct(message) => blocks.extend(polish_message(message)?),
            Item::Enum(closed) => blocks.push(open_enum(&closed, descriptor)?),
            // What prost adds to an enum of its own.
            Item::Impl(_) => {}
            server => blocks.push(print(&server)),
        }
    }
    Ok(blocks.join("\n"))
}

fn print(item: &Item) -> String {
    prettyplease::unparse(&parse_quote!(#item))
}

fn polish_message(mut message: ItemStruct) -> Result<Vec<String>> {
    let name = message.ident.clone();
    let is_request = name.to_string().ends_with("Request");
    let mut methods = Vec::new();
    let mut wire = Vec::new();
    for field in &mut message.fields {
        let encoding = take_encoding(field)?;
        if let Some(enumeration) = &encoding.enumeration {
            field.ty = parse_quote!(#enumeration);
        }
        methods.push(setter(field)?);
        if let Shape::Timestamp = shape(&field.ty) {
            methods.push(utc_accessor(field)?);
        }
        let Encoding { tag, presence, kind, .. } = encoding;
        wire.push(format!("        {tag} => {}: {presence} {kind},\n", ident(field)?));
    }
    let required: Vec<&Field> =
        message.fields.iter().filter(|field| is_request && is_required(field)).collect();
    if is_request {
        methods.insert(0, constructor(&required)?);
    }
    let needs_a_text =
        matches!(required.as_slice(), [only] if matches!(shape(&only.ty), Shape::Text));

    let prints_nothing = text_of(&message.attrs).contains("skip_debug");
    message.attrs.retain(|attribute| attribute.path().is_ident("doc"));
    message.attrs.push(match prints_nothing {
        true => parse_quote!(#[derive(Clone, PartialEq, Default)]),
        false => parse_quote!(#[derive(Debug, Clone, PartialEq, Default)]),
    });
    message.attrs.push(parse_quote!(#[non_exhaustive]));
    let mut items = vec![Item::Struct(message)];
    if !methods.is_empty() {
        items.push(parse_quote!(impl #name { #(#methods)* }));
    }
    if needs_a_text {
        for text in [quote!(&str), quote!(String)] {
            items.push(parse_quote! {
                impl From<#text> for #name {
                    fn from(value: #text) -> Self {
                        Self::new(value)
                    }
                }
            });
        }
    }
    if prints_nothing {
        let text = name.to_string();
        items.push(parse_quote! {
            /// Prints no values.
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct(#text).finish_non_exhaustive()
                }
            }
        });
    }
    // The pretty-printer leaves the insides of macros alone.
    let wire = match wire.concat() {
        wire if wire.is_empty() => format!("    {name} {{}}\n"),
        wire => format!("    {name} {{\n{wire}    }}\n"),
    };
    let mut blocks: Vec<String> = items.iter().map(print).collect();
    blocks.push(format!("sdk_core::protobuf_message! {{\n{wire}}}\n"));
    Ok(blocks)
}

/// How a field goes to the wire.
struct Encoding {
    tag: u32,
    presence: &'static str,
    kind: &'static str,
    enumeration: Option<Ident>,
}

/// Takes prost's attribute off a field, and reads it: `#[prost(string, optional, tag = "4")]`.
fn take_encoding(field: &mut Field) -> Result<Encoding> {
    let (prost, rest) = std::mem::take(&mut field.attrs)
        .into_iter()
        .partition::<Vec<_>, _>(|attribute| attribute.path().is_ident("prost"));
    field.attrs = rest;
    let text = text_of(&prost).replace([' ', '"'], "");
    let parts = text.trim_start_matches("#[prost(").trim_end_matches(")]").split(',');

    let (mut tag, mut kind, mut presence, mut enumeration) = (None, None, "implicit", None);
    for part in parts {
        match part.split_once('=').unwrap_or((part, "")) {
            ("tag", number) => tag = Some(number.parse()?),
            ("enumeration", name) => {
                enumeration = Some(format_ident!("{name}"));
                kind = Some("enumeration");
            }
            ("optional", "") => presence = "optional",
            ("repeated", "") => presence = "repeated",
            // Whose Rust type the bytes have.
            ("bytes", _) => kind = Some("bytes"),
            (part, "") => {
                let known = ["string", "double", "int32", "int64", "bool", "message"];
                kind = known.into_iter().find(|known| *known == part);
            }
            _ => return Err(format!("not supported: {text}").into()),
        }
    }
    let (Some(tag), Some(kind)) = (tag, kind) else {
        return Err(format!("not supported: {text}").into());
    };
    Ok(Encoding { tag, presence, kind, enumeration })
}

/// What a field holds, as far as its setter cares.
enum Shape<'a> {
    Text,
    OptionalText,
    Bytes,
    Timestamp,
    Optional(&'a Type),
    Texts,
    List(&'a Type),
    Plain,
}

fn shape(ty: &Type) -> Shape<'_> {
    match (last_segment(ty).as_str(), argument(ty)) {
        ("String", _) => Shape::Text,
        ("Bytes", _) => Shape::Bytes,
        ("Option", Some(inner)) => match last_segment(inner).as_str() {
            "String" => Shape::OptionalText,
            "Timestamp" => Shape::Timestamp,
            _ => Shape::Optional(inner),
        },
        ("Vec", Some(inner)) if last_segment(inner) == "String" => Shape::Texts,
        ("Vec", Some(inner)) => Shape::List(inner),
        _ => Shape::Plain,
    }
}

fn last_segment(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
    .unwrap_or_default()
}

/// The `T` of `Option<T>` and the like.
fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// A request makes no sense without its ids, names and amounts; a flag is off by default.
fn is_required(field: &Field) -> bool {
    match shape(&field.ty) {
        Shape::Text | Shape::Bytes => true,
        Shape::Plain => last_segment(&field.ty) != "bool",
        _ => false,
    }
}

fn constructor(required: &[&Field]) -> Result<TokenStream> {
    let mut parameters = Vec::new();
    let mut values = Vec::new();
    for field in required {
        let name = ident(field)?;
        let ty = &field.ty;
        match shape(ty) {
            Shape::Plain => {
                parameters.push(quote!(#name: #ty));
                values.push(quote!(request.#name = #name;));
            }
            _ => {
                parameters.push(quote!(#name: impl Into<#ty>));
                values.push(quote!(request.#name = #name.into();));
            }
        }
    }
    if required.is_empty() {
        return Ok(quote! {
            /// A request, which needs nothing.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
        });
    }
    Ok(quote! {
        /// A request with what it needs.
        #[must_use]
        pub fn new(#(#parameters),*) -> Self {
            let mut request = Self::default();
            #(#values)*
            request
        }
    })
}

fn setter(field: &Field) -> Result<TokenStream> {
    let name = ident(field)?;
    let attributes = documentation(field);
    let ty = &field.ty;
    let (parameter, value) = match shape(ty) {
        Shape::Text | Shape::Bytes => (quote!(impl Into<#ty>), quote!(#name.into())),
        Shape::OptionalText => (quote!(impl Into<String>), quote!(Some(#name.into()))),
        Shape::Timestamp => {
            (quote!(::chrono::DateTime<::chrono::Utc>), quote!(Some(crate::time::timestamp(#name))))
        }
        Shape::Optional(inner) => (quote!(#inner), quote!(Some(#name))),
        Shape::Texts => (
            quote!(impl IntoIterator<Item = impl Into<String>>),
            quote!(#name.into_iter().map(Into::into).collect()),
        ),
        Shape::List(inner) => {
            (quote!(impl IntoIterator<Item = #inner>), quote!(#name.into_iter().collect()))
        }
        Shape::Plain => (quote!(#ty), quote!(#name)),
    };
    Ok(quote! {
        #(#attributes)*
        #[must_use]
        pub fn #name(mut self, #name: #parameter) -> Self {
            self.#name = #value;
            self
        }
    })
}

fn utc_accessor(field: &Field) -> Result<TokenStream> {
    let name = ident(field)?;
    let attributes = documentation(field);
    let utc = format_ident!("{name}_utc");
    let text = name.to_string();
    Ok(quote! {
        #(#attributes)*
        ///
        /// # Errors
        ///
        /// What the service sent is no time, or none that can be told.
        pub fn #utc(&self) -> crate::Result<Option<::chrono::DateTime<::chrono::Utc>>> {
            crate::time::utc(#text, self.#name.as_ref())
        }
    })
}

/// The field's documentation, and whether it is deprecated.
fn documentation(field: &Field) -> Vec<&Attribute> {
    let kept = |attribute: &&Attribute| {
        attribute.path().is_ident("doc") || attribute.path().is_ident("deprecated")
    };
    field.attrs.iter().filter(kept).collect()
}

fn ident(field: &Field) -> Result<&Ident> {
    field.ident.as_ref().ok_or_else(|| "a field without a name".into())
}

fn text_of(attributes: &[Attribute]) -> String {
    quote!(#(#attributes)*).to_string()
}

/// Writes an enum with the macro of sdk-core, under the names that prost gave the values.
fn open_enum(closed: &ItemEnum, descriptor: &FileDescriptorProto) -> Result<String> {
    let name = &closed.ident;
    let same_name = |described: &&EnumDescriptorProto| *name == described.name();
    let described = descriptor
        .enum_type
        .iter()
        .find(same_name)
        .ok_or_else(|| format!("`{name}` is not in the description"))?;
    let mut text = format!(
        "sdk_core::open_number_enum! {{\n{}    pub enum {name} {{\n",
        comments(&closed.attrs, "    ")?
    );
    for (variant, value) in closed.variants.iter().zip(&described.value) {
        text += &comments(&variant.attrs, "        ")?;
        text += &format!("        #[doc(alias = {:?})]\n", value.name());
        if variant.attrs.iter().any(|attribute| attribute.path().is_ident("deprecated")) {
            text += "        #[deprecated]\n";
        }
        text += &format!("        {} = {}, {:?};\n", variant.ident, value.number(), value.name());
    }
    Ok(text + "    }\n}\n")
}

/// The documentation, as comments.
fn comments(attributes: &[Attribute], indent: &str) -> Result<String> {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) =
            &attribute.meta.require_name_value()?.value
        else {
            return Err("documentation that is not a text".into());
        };
        text += &format!("{indent}///{}\n", line.value());
    }
    Ok(text)
}
