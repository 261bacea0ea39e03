//! From the document of a spec to what the emitters need, refusing whatever is not understood.

mod operations;
mod schemas;

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use crate::{
    model::{Api, Version},
    names,
    spec::{Node, Refusal, Result},
};

use schemas::Schemas;

/// Reads the spec in `text`, which is known as `file`.
pub(crate) fn version(file: &str, text: &str) -> Result<Version> {
    let document: Value = serde_yaml_ng::from_str(text)
        .map_err(|error| Refusal::of_file(file, format!("this is no YAML document: {error}")))?;
    let root = Node::root(file, &document);
    root.keys(&["openapi", "info", "externalDocs", "tags", "paths", "components"])?;
    let openapi = root.need("openapi")?;
    if !openapi.text()?.starts_with("3.1.") {
        return Err(openapi.refuse("only OpenAPI 3.1 is understood: write `3.1.1`"));
    }
    let info = root.need("info")?;
    info.keys(&["title", "version", "summary", "description", "x-deprecated", "x-rust-exports"])?;
    let name = info.need("version")?;
    names::check_snake(name.text()?)
        .map_err(|problem| name.refuse(format!("{problem}, and it names the module")))?;

    let schemas = Schemas::read(&root)?;
    let mut models = schemas.models()?;
    schemas.break_cycles(&mut models)?;
    let page = external_docs(&root)?
        .ok_or_else(|| root.refuse("`externalDocs` is missing: link the vendor's page"))?;
    let mut version = Version {
        file: file.to_owned(),
        name: name.text()?.to_owned(),
        title: info.need("title")?.prose()?,
        summary: info.need("summary")?.prose()?,
        docs: info.need("description")?.prose()?,
        page,
        apis: apis(&root)?,
        models,
        enums: schemas.enums()?,
        hand: Vec::new(),
        exported: exports(&info)?,
        deprecated: info.get("x-deprecated").map(|note| note.prose()).transpose()?,
    };
    operations::read(&root, &schemas, &mut version)?;
    schemas.check_use(&mut version)?;
    check_exports(&root, &version)?;
    Ok(version)
}

/// The hand-written types that a version's module exports.
fn exports(info: &Node<'_>) -> Result<Vec<String>> {
    let list = info.get("x-rust-exports").map(|list| list.elements()).transpose()?;
    list.unwrap_or_default().iter().map(schemas::root_type).collect()
}

fn external_docs(node: &Node<'_>) -> Result<Option<String>> {
    let Some(docs) = node.get("externalDocs") else {
        return Ok(None);
    };
    docs.keys(&["url"])?;
    let url = docs.need("url")?;
    let text = url.text()?;
    let legal = text.starts_with("https://") && !text.contains([' ', '(', ')', '<', '>', '|']);
    if legal { Ok(Some(text.to_owned())) } else { Err(url.refuse("an https address is due here")) }
}

fn apis(root: &Node<'_>) -> Result<Vec<Api>> {
    let mut apis: Vec<Api> = Vec::new();
    for tag in root.need("tags")?.elements()? {
        tag.keys(&["name", "description", "x-doc-aliases"])?;
        let name = tag.need("name")?;
        names::check_type(name.text()?).map_err(|problem| name.refuse(problem))?;
        if !name.text()?.ends_with("Api") {
            return Err(name.refuse("a tag names a struct, such as `BillingApi`: end it in `Api`"));
        }
        let file = names::snake(name.text()?);
        if apis.iter().any(|api| names::snake(&api.name) == file) {
            return Err(name.refuse("the tag is there twice: remove or rename one"));
        }
        let mut aliases = Vec::new();
        if let Some(list) = tag.get("x-doc-aliases") {
            for alias in list.elements()? {
                let text = alias.text()?;
                if !is_alias(text) || text == name.text()? {
                    return Err(alias.refuse("rustdoc takes no such alias: write another name"));
                }
                aliases.push(text.to_owned());
            }
        }
        apis.push(Api {
            name: name.text()?.to_owned(),
            docs: tag.need("description")?.prose()?,
            aliases,
            operations: Vec::new(),
        });
    }
    Ok(apis)
}

/// Whether rustdoc takes a text as alias.
pub(crate) fn is_alias(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.contains(|c: char| c == '"' || c == '\'' || (c.is_whitespace() && c != ' '))
}

/// Refuses two exports of one name.
fn check_exports(root: &Node<'_>, version: &Version) -> Result<()> {
    let mut seen = BTreeSet::new();
    let hand: BTreeSet<&String> = version.hand.iter().chain(&version.exported).collect();
    for name in version.exports().chain(hand.into_iter().map(String::as_str)) {
        if !seen.insert(name) {
            return Err(root.refuse(format!(
                "two types would be called `{name}` (tags, schemas, `x-rust-type`, and \
                 `<operationId>Request`): rename one"
            )));
        }
    }
    Ok(())
}
