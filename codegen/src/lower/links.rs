//! Converts code spans that name a method or a type of the same version to links.

use std::collections::BTreeMap;

use crate::model::{Field, Version};

/// Adds the links to every description of a version.
pub(super) fn add(version: &mut Version) {
    let targets = targets(version);
    let link = |text: &mut String| *text = linked(text, &targets);
    let field = |field: &mut Field| {
        link(&mut field.docs);
        field.notes.iter_mut().for_each(link);
    };
    link(&mut version.docs);
    for api in &mut version.apis {
        link(&mut api.docs);
        for operation in &mut api.operations {
            link(&mut operation.docs);
            link(&mut operation.response_docs);
            operation.errors.iter_mut().for_each(|(_, docs)| link(docs));
            operation.parameters.iter_mut().for_each(|one| field(&mut one.field));
        }
    }
    for model in &mut version.models {
        link(&mut model.docs);
        model.fields.iter_mut().for_each(field);
    }
    for one in &mut version.enums {
        link(&mut one.docs);
        one.variants.iter_mut().for_each(|variant| link(&mut variant.docs));
    }
}

/// Returns the path of each name that is unique.
fn targets(version: &Version) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let module = format!("crate::{}", version.name);
    for name in version.exports() {
        all.entry(name.to_owned()).or_default().push(format!("{module}::{name}"));
    }
    for api in &version.apis {
        for name in api.operations.iter().flat_map(|one| one.methods()) {
            let path = format!("{module}::{}::{name}", api.name);
            all.entry(name).or_default().push(path);
        }
    }
    let only = |(name, mut paths): (String, Vec<String>)| match paths.len() {
        1 => Some((name, paths.remove(0))),
        _ => None,
    };
    all.into_iter().filter_map(only).collect()
}

/// Returns the text with links. Existing links are unchanged.
fn linked(text: &str, targets: &BTreeMap<String, String>) -> String {
    let mut parts = text.split('`');
    let mut linked = parts.next().unwrap_or_default().to_owned();
    while let (Some(span), Some(rest)) = (parts.next(), parts.next()) {
        match targets.get(span) {
            Some(path) if !linked.ends_with('[') => {
                linked.push_str(&format!("[`{span}`]({path})"));
            }
            _ => linked.push_str(&format!("`{span}`")),
        }
        linked.push_str(rest);
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_become_links_once() {
        let path = "crate::v1::BillingApi::get_budget";
        let targets = BTreeMap::from([("get_budget".to_owned(), path.to_owned())]);
        for (text, expected) in [
            ("See `get_budget`.", format!("See [`get_budget`]({path}).")),
            ("`get_budget`, `id`", format!("[`get_budget`]({path}), `id`")),
            ("[`get_budget`](other)", "[`get_budget`](other)".to_owned()),
            ("No span.", "No span.".to_owned()),
            ("", String::new()),
        ] {
            assert_eq!(linked(text, &targets), expected);
        }
    }
}
