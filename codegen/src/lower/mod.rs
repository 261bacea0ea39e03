//! From the document of a spec to what the emitters need, refusing whatever is not understood.

mod links;
mod operations;
mod paging;
mod schemas;

use std::collections::BTreeSet;

use crate::{
    crate_root::CrateRoot,
    model::{Api, Version},
    names,
    spec::{self, Node, Refusal, Result, each},
};

use schemas::Schemas;

/// Reads the spec in `text`, which is known as `file`.
pub(crate) fn version(file: &str, text: &str, crate_root: &CrateRoot) -> Result<Version> {
    let document = spec::parse(file, text)?;
    let root = Node::root(file, &document);
    let mut wrong = Refusal::default();
    wrong.note(root.keys(&["openapi", "info", "externalDocs", "tags", "paths", "components"]));
    wrong.note(root.need("openapi").and_then(|openapi| match openapi.text()? {
        text if text.starts_with("3.1.") => Ok(()),
        _ => Err(openapi.refuse("only OpenAPI 3.1 is understood: write `3.1.1`")),
    }));
    let page = wrong.note(external_docs(&root).and_then(|page| {
        page.ok_or_else(|| root.refuse("`externalDocs` is missing: link the vendor's page"))
    }));
    let apis = wrong.note(apis(&root));
    let schemas = Schemas::read(&root, crate_root, &mut wrong);
    let info = wrong.note(root.need("info").and_then(|info| read_info(&info, &schemas)));
    let models = wrong.note(schemas.models());
    let enums = wrong.note(schemas.enums()).unwrap_or_default();
    let models = models.and_then(|models| wrong.note(schemas.without_cycles(models)));
    let has_models = models.is_some();
    let info = info.unwrap_or_default();
    let mut version = Version {
        file: file.to_owned(),
        name: info.version,
        title: info.title,
        summary: info.summary,
        docs: info.description,
        page: page.unwrap_or_default(),
        apis: apis.unwrap_or_default(),
        models: models.unwrap_or_default(),
        enums,
        hand: Vec::new(),
        exported: info.exported,
        deprecated: info.deprecated,
        superseded_by: info.superseded_by,
        loose_dates: info.loose_dates,
    };
    wrong.note(operations::read(&root, &schemas, has_models, &mut version));
    wrong.check()?;
    schemas.check_use(&mut version)?;
    check_exports(&root, &version)?;
    links::add(&mut version);
    Ok(version)
}

#[derive(Default)]
struct Info {
    version: String,
    title: String,
    summary: String,
    description: String,
    deprecated: Option<String>,
    superseded_by: Option<String>,
    exported: Vec<String>,
    loose_dates: bool,
}

fn read_info(info: &Node<'_>, schemas: &Schemas<'_>) -> Result<Info> {
    let mut wrong = Refusal::default();
    wrong.note(info.keys(&[
        "title",
        "version",
        "summary",
        "description",
        "x-deprecated",
        "x-superseded-by",
        "x-rust-exports",
        "x-loose-dates",
    ]));
    let version = wrong.note(info.need("version").and_then(|version| {
        names::check_snake(version.text()?)
            .map_err(|problem| version.refuse(format!("{problem}, and it names the module")))?;
        Ok(version.text()?.to_owned())
    }));
    let mut prose = |key| wrong.note(info.prose(key)).unwrap_or_default();
    let (title, summary, description) = (prose("title"), prose("summary"), prose("description"));
    let deprecated = info.get("x-deprecated").map(|_| prose("x-deprecated"));
    let superseded_by = info.get("x-superseded-by");
    let superseded_by = superseded_by.and_then(|one| wrong.note(one.text().map(str::to_owned)));
    let exported = info.list("x-rust-exports");
    let exported = exported.and_then(|names| each(names, |name| schemas.root_type(&name)));
    let exported = wrong.note(exported).unwrap_or_default();
    let loose_dates = wrong.note(info.flag("x-loose-dates")).unwrap_or_default();
    wrong.check()?;
    Ok(Info {
        version: version.unwrap_or_default(),
        title,
        summary,
        description,
        deprecated,
        superseded_by,
        exported,
        loose_dates,
    })
}

fn external_docs(node: &Node<'_>) -> Result<Option<String>> {
    let Some(docs) = node.get("externalDocs") else {
        return Ok(None);
    };
    docs.keys(&["url"])?;
    let url = docs.need("url")?;
    let text = url.text()?;
    let legal = text.starts_with("https://") && !text.contains([' ', '(', ')', '<', '>', '|']);
    if legal { Ok(Some(text.to_owned())) } else { Err(url.refuse("an https URL is due here")) }
}

fn apis(root: &Node<'_>) -> Result<Vec<Api>> {
    let mut taken = BTreeSet::new();
    each(root.need("tags")?.elements()?, |tag| {
        tag.keys(&["name", "description", "x-doc-aliases"])?;
        let name = tag.need("name")?;
        names::check_type(name.text()?).map_err(|problem| name.refuse(problem))?;
        if !name.text()?.ends_with("Api") {
            return Err(name.refuse("a tag names a struct, such as `BillingApi`: end it in `Api`"));
        }
        if !taken.insert(names::snake(name.text()?)) {
            return Err(name.refuse("the tag is there twice: remove or rename one"));
        }
        let aliases = each(tag.list("x-doc-aliases")?, |alias| match alias.text()? {
            text if is_alias(text) && text != name.text()? => Ok(text.to_owned()),
            _ => Err(alias.refuse("rustdoc takes no such alias: write another name")),
        })?;
        let name = name.text()?.to_owned();
        Ok(Api { name, docs: tag.prose("description")?, aliases, operations: Vec::new() })
    })
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
