//! `x-pagination`: the parameters that select a page, and the fields that lead to the next one.

use super::operations::example;
use crate::{
    model::{
        End, Field, Kind, Model, Pages, Paging, Parameter, Place, ResponseType, Step, Version, Walk,
    },
    spec::{Node, Result},
};

/// The pagination of an operation with these parameters and this response. A generated model of a
/// page implements `Page`.
pub(super) fn read(
    node: &Node<'_>,
    parameters: &[Parameter],
    response_type: &ResponseType,
    version: &mut Version,
) -> Result<Paging> {
    let own = ["page", "size", "page-size", "summary", "example"];
    let of_model = ["items", "total", "next", "next-link"];
    let ResponseType::Object(name) = response_type else {
        return Err(node.refuse("only a response with a JSON object can be paginated"));
    };
    let page = node.need("page")?;
    let wanted = "a string, or an integer of format int32";
    let page =
        query(&page, parameters, wanted, |kind| matches!(kind, Kind::Text | Kind::Integer("i32")))?;
    let numbered = page.field.kind != Kind::Text;
    let mut walk = if numbered { Walk::Number } else { Walk::Token };
    if let Some(model) = version.models.iter().find(|model| model.name == *name) {
        node.keys(&[&own[..], &of_model].concat())?;
        let (pages, by_link) = pages(node, model, &version.models, numbered)?;
        if by_link {
            walk = Walk::Link(page.field.wire.clone());
        }
        if model.pages.as_ref().is_some_and(|other| *other != pages) {
            return Err(node.refuse(format!("`{name}` is already paginated in another way")));
        }
        if let Some(model) = version.models.iter_mut().find(|model| model.name == *name) {
            model.pages = Some(pages);
        }
    } else {
        node.keys(&own)?;
    }
    Ok(Paging {
        page: page.field.name.clone(),
        walk,
        page_size: page_size(node, parameters)?,
        summary: node.prose("summary")?,
        example: example(&node.need("example")?)?,
    })
}

/// The optional query parameter with this name.
fn query<'p>(
    name: &Node<'_>,
    parameters: &'p [Parameter],
    wanted: &str,
    fits: fn(&Kind) -> bool,
) -> Result<&'p Parameter> {
    let wire = name.text()?;
    let fits = |one: &&Parameter| {
        one.field.wire == wire
            && one.place == Place::Query
            && one.is_optional()
            && fits(&one.field.kind)
    };
    parameters.iter().find(fits).ok_or_else(|| {
        name.refuse(format!(
            "pagination needs an optional query parameter `{wire}`, {wanted}: add or correct it"
        ))
    })
}

/// The parameter for the page size, and the size that is sent by default.
fn page_size(node: &Node<'_>, parameters: &[Parameter]) -> Result<Option<(String, u32)>> {
    let (name, size) = match (node.get("size"), node.get("page-size")) {
        (Some(name), Some(size)) => (name, size),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(node.refuse("`page-size` is missing: add the default size")),
        (None, Some(_)) => {
            return Err(node.refuse("`size` is missing: add the name of the parameter"));
        }
    };
    let parameter =
        query(&name, parameters, "an integer", |kind| matches!(kind, Kind::Integer(_)))?;
    let number = u32::try_from(size.integer()?).ok().filter(|size| (1..1 << 31).contains(size));
    let number = number.ok_or_else(|| size.refuse("a page has at least one item"))?;
    Ok(Some((parameter.field.name.clone(), number)))
}

/// The page that a model implements, and whether a link leads to the next one.
fn pages(
    node: &Node<'_>,
    model: &Model,
    models: &[Model],
    numbered: bool,
) -> Result<(Pages, bool)> {
    let items = node.need("items")?;
    let (items, field) =
        follow(&items, model, models, "a list of objects", |field| field.item().is_some())?;
    let item = field.item().unwrap_or_default().to_owned();
    let token = |next: &Node<'_>| {
        let (path, _) = follow(next, model, models, "a string", |field| {
            matches!(field.kind, Kind::Text | Kind::Code)
        })?;
        Ok(path)
    };
    let count = |total: &Node<'_>| {
        let wanted = "an integer of format uint64";
        let (path, _) =
            follow(total, model, models, wanted, |field| field.kind == Kind::Integer("u64"))?;
        Ok(path)
    };
    let (end, by_link) = match (node.get("total"), node.get("next"), node.get("next-link")) {
        (None, None, Some(link)) => (End::Next(token(&link)?, None), true),
        (total, Some(next), None) if !numbered => {
            (End::Next(token(&next)?, total.map(|total| count(&total)).transpose()?), false)
        }
        (Some(total), None, None) if numbered => {
            let wanted = "a required integer of format uint64";
            let (path, _) = follow(&total, model, models, wanted, |field| {
                field.kind == Kind::Integer("u64") && !field.nullable
            })?;
            if path.iter().filter(|step| step.nullable).count() > 1 {
                return Err(total.refuse("only one property on the path may be null"));
            }
            (End::Total(path), false)
        }
        (None, None, None) if numbered => (End::EmptyPage, false),
        _ if numbered => {
            return Err(node.refuse(
                "numbered pages have a `total` or a `next-link`: correct it, or omit both if the list ends with an empty page",
            ));
        }
        _ => {
            return Err(node.refuse(
                "pages with tokens have a `next` or a `next-link`: add one, and remove the rest",
            ));
        }
    };
    Ok((Pages { items, item, end }, by_link))
}

/// The properties along a path such as `meta.total`, and the last of them.
fn follow<'m>(
    path: &Node<'_>,
    model: &'m Model,
    models: &'m [Model],
    wanted: &str,
    fits: fn(&Field) -> bool,
) -> Result<(Vec<Step>, &'m Field)> {
    let text = path.text()?;
    let found = || {
        let mut steps = Vec::new();
        let mut holder = model;
        let mut wires = text.split('.').peekable();
        loop {
            let wire = wires.next()?;
            let field = holder.fields.iter().find(|field| field.wire == wire)?;
            steps.push(Step {
                name: field.name.clone(),
                wire: field.wire.clone(),
                nullable: field.nullable,
            });
            if wires.peek().is_none() {
                return fits(field).then_some((steps, field));
            }
            let Kind::Model { name, .. } = &field.kind else {
                return None;
            };
            holder = models.iter().find(|model| model.name == *name)?;
        }
    };
    found().ok_or_else(|| {
        path.refuse(format!(
            "`{}` has no property `{text}` that is {wanted}: correct it",
            model.name
        ))
    })
}
