//! Names of the spec, converted to names in Rust.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use proc_macro2::{Ident, Span};

/// Names that generated files use for other things.
const TAKEN_TYPES: &[&str] = &[
    "Amount",
    "Arc",
    "As",
    "BTreeMap",
    "Base64",
    "BillingMonth",
    "Box",
    "Bytes",
    "Chunk",
    "Client",
    "DateTime",
    "Decimal",
    "Default",
    "DefaultOnNull",
    "Deserialize",
    "Download",
    "Duration",
    "Err",
    "From",
    "GrpcClient",
    "Idempotency",
    "Into",
    "IntoIterator",
    "InvalidField",
    "Iterator",
    "Method",
    "NaiveDate",
    "None",
    "Number",
    "NumberedPage",
    "Object",
    "Ok",
    "Operation",
    "Option",
    "Page",
    "Pager",
    "Response",
    "Result",
    "Same",
    "Self",
    "Serialize",
    "Some",
    "String",
    "TokenPage",
    "TryFrom",
    "Utc",
    "Vec",
    "Wait",
];

/// Methods that setters and operations must not shadow.
const TAKEN_METHODS: &[&str] = &["clone", "default", "into", "new"];

/// Keywords that cannot be written as raw identifiers.
const NEVER_RAW: &[&str] = &["crate", "self", "super"];

/// The name of a method, a field or a module. Schemas, operations and parameters are all converted
/// by this rule and the next.
pub(crate) fn snake(name: &str) -> String {
    name.to_snake_case()
}

/// The name of a type or a variant.
pub(crate) fn pascal(name: &str) -> String {
    name.to_upper_camel_case()
}

/// A field, an argument or a method; the error describes what is wrong with the name.
pub(crate) fn check_snake(name: &str) -> Result<(), String> {
    let legal = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !legal {
        return Err(format!("`{name}` is not a snake_case name"));
    }
    if NEVER_RAW.contains(&name) {
        return Err(format!("`{name}` cannot be a name in Rust, not even a raw one"));
    }
    if TAKEN_METHODS.contains(&name) {
        return Err(format!("`{name}` would shadow the method of that name"));
    }
    Ok(())
}

/// A type or a variant; the error describes what is wrong with the name.
pub(crate) fn check_pascal(name: &str) -> Result<(), String> {
    let legal = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    if legal { Ok(()) } else { Err(format!("`{name}` is not a PascalCase name")) }
}

/// A type, which shares its module with the imports.
pub(crate) fn check_type(name: &str) -> Result<(), String> {
    check_pascal(name)?;
    if TAKEN_TYPES.contains(&name) {
        return Err(format!("`{name}` is reserved: generated code uses this name"));
    }
    Ok(())
}

/// The identifier, raw if the name is a keyword.
pub(crate) fn ident(name: &str) -> Ident {
    // A name that is not an identifier is a keyword. syn does not know the keywords of newer
    // editions.
    if name == "gen" || syn::parse_str::<Ident>(name).is_err() {
        Ident::new_raw(name, Span::call_site())
    } else {
        Ident::new(name, Span::call_site())
    }
}

/// The identifier as a string.
pub(crate) fn written(name: &str) -> String {
    ident(name).to_string()
}

/// A hint if one of `known` is similar to the name: `: did you mean `x`?`, or nothing.
pub(crate) fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    let close = known.into_iter().filter(|other| *other != name).min_by_key(distance);
    let close = close.filter(|other| distance(other) <= name.chars().count().div_ceil(3));
    close.map(|other| format!(": did you mean `{other}`?")).unwrap_or_default()
}

/// Alternatives: `` `a`, `b` or `c` ``.
pub(crate) fn alternatives<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.concat(),
    }
}

/// Strings as an English list: `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{pascal, snake};

    #[test]
    fn words_are_split_at_case_changes() {
        for (name, snake_case, pascal_case) in [
            ("ListInvoices", "list_invoices", "ListInvoices"),
            ("list-invoices", "list_invoices", "ListInvoices"),
            ("listInvoices", "list_invoices", "ListInvoices"),
            ("APIKey", "api_key", "ApiKey"),
            ("discount_mode_rate", "discount_mode_rate", "DiscountModeRate"),
            ("FR-PAR-1", "fr_par_1", "FrPar1"),
            ("v2beta1", "v2beta1", "V2beta1"),
            ("  two  words ", "two_words", "TwoWords"),
            ("1st", "1st", "1st"),
            ("A", "a", "A"),
            ("", "", ""),
        ] {
            assert_eq!(snake(name), snake_case, "{name}");
            assert_eq!(pascal(name), pascal_case, "{name}");
        }
    }
}
