//! Operations, their parameters and responses.

use std::collections::BTreeSet;

use super::{
    external_docs, paging,
    schemas::{DESCRIBED, Schemas, Shape, check_field, required},
};
use crate::{
    model::{
        Api, Field, FileForm, Form, Idempotency, Kind, OneOf, Operation, Outcome, Parameter, Place,
        Require, ResponseType, Version,
    },
    names,
    spec::{Node, Refusal, Result, each},
};

/// In the order in which a path's operations are generated, with their HTTP method.
const METHODS: [(&str, &str); 5] =
    [("get", "GET"), ("put", "PUT"), ("post", "POST"), ("patch", "PATCH"), ("delete", "DELETE")];

/// Adds every operation to its tag. Pages are resolved only once the models are known.
pub(super) fn read<'a>(
    root: &Node<'a>,
    schemas: &Schemas<'a>,
    has_models: bool,
    version: &mut Version,
) -> Result<()> {
    let mut wrong = Refusal::default();
    let mut ids = BTreeSet::new();
    for (route, path) in root.need("paths")?.entries()? {
        let also = ["parameters"];
        wrong.note(path.keys(&[&METHODS.map(|(key, _)| key)[..], &also].concat()));
        for (key, method) in METHODS {
            let Some(node) = path.get(key) else { continue };
            let operation =
                Operation::read(&path, &node, route, method, schemas, has_models, version);
            wrong.note(operation.and_then(|operation| {
                if !ids.insert(operation.id.clone()) {
                    let id = &operation.id;
                    let reason = format!("the operationId `{id}` occurs twice: rename one");
                    return Err(node.refuse(reason));
                }
                add(&node, operation, &mut version.apis)
            }));
        }
    }
    wrong.check()?;
    keep_to_the_route(version);
    match version.apis.iter().find(|api| api.operations.is_empty()) {
        Some(api) => {
            let reason = format!("the tag `{}` is not used by any operation: remove it", api.name);
            Err(root.need("tags")?.refuse(reason))
        }
        None => Ok(()),
    }
}

/// Records for each path parameter the values that would turn its route into another one:
/// `month-to-date` for `/invoices/{id}` if there is `/invoices/month-to-date`.
fn keep_to_the_route(version: &mut Version) {
    let routes: BTreeSet<String> = version.operations().map(|one| one.route.clone()).collect();
    for operation in version.apis.iter_mut().flat_map(|api| &mut api.operations) {
        let own: Vec<&str> = operation.route.split('/').collect();
        for parameter in operation.parameters.iter_mut().filter(|one| one.place == Place::Path) {
            let name = format!("{{{}}}", parameter.field.wire);
            let fixed = |route: &String| {
                let other: Vec<&str> = route.split('/').collect();
                let differs = |(own, other): (&&str, &&str)| own != other;
                let at = own.iter().zip(&other).position(differs)?;
                let same = own.len() == other.len() && own[at + 1..] == other[at + 1..];
                let fixed = same && own[at] == name && !other[at].starts_with('{');
                fixed.then(|| other[at].to_owned())
            };
            parameter.other_routes = routes.iter().filter_map(fixed).collect();
        }
    }
}

/// Adds an operation to its tag.
fn add(node: &Node<'_>, operation: Operation, apis: &mut [Api]) -> Result<()> {
    let tags = node.need("tags")?.elements()?;
    let [tag] = tags.as_slice() else {
        return Err(node.refuse("`tags` names one tag, the struct to put it in"));
    };
    let name = tag.text()?;
    let hint = names::near(name, apis.iter().map(|api| api.name.as_str()));
    let api = apis.iter_mut().find(|api| api.name == name).ok_or_else(|| {
        tag.refuse(format!("there is no tag `{name}` at the root: add or correct it{hint}"))
    })?;
    for name in operation.methods() {
        if api.operations.iter().any(|other| other.methods().contains(&name)) {
            return Err(node.refuse(format!(
                "the method name `{name}` is taken by another operation: change an operationId"
            )));
        }
    }
    api.operations.push(operation);
    Ok(())
}

impl Operation {
    /// The name of the method that iterates over all pages.
    pub(crate) fn all_name(&self) -> Option<String> {
        self.paging.as_ref().map(|_| format!("{}_all", self.name))
    }

    /// The name of the method that waits for the result.
    pub(crate) fn wait_name(&self) -> Option<String> {
        self.outcome.as_ref().map(|_| format!("{}_when_ready", self.name))
    }

    /// The name of the method that writes a file to disk.
    pub(crate) fn to_file_name(&self) -> Option<String> {
        match (&self.download, &self.response_type) {
            (Some(download), _) => Some(format!("{}_to", download.name)),
            (None, ResponseType::File(..) | ResponseType::Download(_)) => {
                Some(format!("{}_to", self.name))
            }
            _ => None,
        }
    }

    /// The names of its methods.
    pub(crate) fn methods(&self) -> Vec<String> {
        let download = self.download.as_ref().map(|download| download.name.clone());
        let others = [self.all_name(), self.wait_name(), download, self.to_file_name()];
        let own = std::iter::once(self.name.clone()).chain(others.into_iter().flatten());
        own.chain(self.hand.iter().cloned()).collect()
    }

    fn read<'a>(
        path: &Node<'a>,
        node: &Node<'a>,
        route: &str,
        method: &'static str,
        schemas: &Schemas<'a>,
        has_models: bool,
        version: &mut Version,
    ) -> Result<Self> {
        let mut wrong = Refusal::default();
        wrong.note(node.keys(&[
            "operationId",
            "tags",
            "summary",
            "description",
            "deprecated",
            "x-deprecated",
            "externalDocs",
            "parameters",
            "requestBody",
            "responses",
            "x-idempotency",
            "x-one-of",
            "x-pagination",
            "x-download",
            "x-outcome",
            "x-rust-methods",
            "x-example",
            "x-save-example",
        ]));
        let id = wrong.note(operation_id(node)).unwrap_or_default();
        let idempotency = wrong.note(idempotency(node, method)).unwrap_or(Idempotency::Never);
        let page = wrong.note(external_docs(node)).flatten();
        let summary = wrong.note(node.prose("summary")).unwrap_or_default();
        let docs = wrong.note(node.prose("description")).unwrap_or_default();
        let save_example = node.get("x-save-example").map(|code| example(&code)).transpose();
        let save_example = wrong.note(save_example).flatten();
        let example = wrong.note(node.need("x-example").and_then(|code| example(&code)));
        let deprecated = wrong.note(node.deprecated()).flatten();
        let parameters = wrong.note(all_parameters(path, node, route, method, schemas));
        let responses =
            wrong.note(node.need("responses").and_then(|node| responses(&node, schemas)));
        let (Some(mut parameters), Some(responses)) = (parameters, responses) else {
            return wrong.check().and_then(|()| Err(node.refuse("not supported")));
        };
        let one_of = wrong.note(groups(node, &parameters)).unwrap_or_default();
        add_notes(&mut parameters, &one_of);
        let download = wrong.note(download(node, &responses, schemas)).flatten();
        let outcome = wrong.note(outcome(node, &responses, schemas)).flatten();
        let Responses {
            response_type,
            success,
            may_be_empty,
            list,
            accept,
            docs: response_docs,
            errors,
            pending,
            ..
        } = responses;
        let response_docs = match pending {
            Some(pending) => format!("{response_docs}\n\n{pending}"),
            None => response_docs,
        };
        let hand = wrong.note(hand_methods(node)).unwrap_or_default();
        let paging = node.get("x-pagination").filter(|_| has_models);
        let paging =
            paging.map(|paging| paging::read(&paging, &parameters, &response_type, version));
        let paging = wrong.note(paging.transpose()).flatten();
        wrong.check()?;
        Ok(Self {
            name: names::snake(&id),
            request: format!("{}Request", names::pascal(&id)),
            id,
            method,
            route: route.to_owned(),
            idempotency,
            page: page.unwrap_or_else(|| version.page.clone()),
            summary,
            docs,
            deprecated,
            parameters,
            one_of,
            response_type,
            success,
            may_be_empty,
            list: list || paging.is_some(),
            accept,
            response_docs,
            errors,
            paging,
            download,
            save_example,
            outcome,
            hand,
            example: example.unwrap_or_default(),
        })
    }
}

fn operation_id(node: &Node<'_>) -> Result<String> {
    let id = node.need("operationId")?;
    names::check_snake(&names::snake(id.text()?))
        .map_err(|problem| id.refuse(format!("{problem}: change the operationId")))?;
    Ok(id.text()?.to_owned())
}

/// The methods that the vendor's crate writes by hand on top of an operation.
fn hand_methods(node: &Node<'_>) -> Result<Vec<String>> {
    each(node.list("x-rust-methods")?, |name| {
        let text = name.text()?;
        names::check_snake(text).map_err(|problem| name.refuse(problem))?;
        Ok(text.to_owned())
    })
}

fn idempotency(node: &Node<'_>, method: &str) -> Result<Idempotency> {
    let idempotency = node.need("x-idempotency")?;
    let read = idempotency.word(&[
        ("safe", Idempotency::Safe),
        ("idempotent", Idempotency::Idempotent),
        ("never", Idempotency::Never),
    ])?;
    if (method == "GET") == (read == Idempotency::Safe) {
        return Ok(read);
    }
    Err(idempotency
        .refuse("`safe` is for GET, and GET is always `safe`: correct the method or the keyword"))
}

/// The parameters, and the fields of the body.
fn all_parameters<'a>(
    path: &Node<'a>,
    node: &Node<'a>,
    route: &str,
    method: &str,
    schemas: &Schemas<'a>,
) -> Result<Vec<Parameter>> {
    let mut wrong = Refusal::default();
    let read = wrong.note(parameters(path, node, schemas));
    let complete = read.is_some();
    let mut parameters = read.unwrap_or_default();
    if let Some(body) = node.get("requestBody") {
        wrong.note(if matches!(method, "GET" | "DELETE") {
            Err(body.refuse(format!("{method} cannot have a body: remove it")))
        } else {
            add_body(&body, schemas, &mut parameters)
        });
    }
    if complete {
        wrong.note(check_route(node, route, &parameters));
    }
    wrong.check().map(|()| parameters)
}

/// The method that returns the response as a file.
fn download(
    node: &Node<'_>,
    responses: &Responses,
    schemas: &Schemas<'_>,
) -> Result<Option<FileForm>> {
    match (node.get("x-download"), responses.files) {
        (Some(download), true) => read_download(&download, schemas).map(Some),
        (None, false) => Ok(None),
        (Some(download), false) => Err(download.refuse("the response has no file media type")),
        (None, true) => Err(node.refuse("the response may be a file: add `x-download`")),
    }
}

/// The type of a response that may not be ready.
fn outcome(
    node: &Node<'_>,
    responses: &Responses,
    schemas: &Schemas<'_>,
) -> Result<Option<Outcome>> {
    match (node.get("x-outcome"), &responses.pending) {
        (Some(outcome), Some(_)) => {
            outcome.keys(&["type", "summary", "example"])?;
            Ok(Some(Outcome {
                name: schemas.root_type(&outcome.need("type")?)?,
                summary: outcome.prose("summary")?,
                example: example(&outcome.need("example")?)?,
            }))
        }
        (None, None) => Ok(None),
        (Some(outcome), None) => Err(outcome.refuse("the responses need both a 200 and a 202")),
        (None, Some(_)) => Err(node.refuse("the response may not be ready: add `x-outcome`")),
    }
}

/// Code for a doc test, which must at least parse as statements.
pub(super) fn example(node: &Node<'_>) -> Result<String> {
    let code = node.text()?.trim_end();
    if code.trim().is_empty() {
        return Err(node.refuse("the example is empty: show a call"));
    }
    // The last line may be a comment.
    match syn::parse_str::<syn::Block>(&format!("{{ {code}\n}}")) {
        Ok(_) => Ok(code.to_owned()),
        Err(error) => Err(node.refuse(format!("this is not Rust code: {error}"))),
    }
}

/// The parameters of path, query and header: those of the operation, and those of the route that
/// the operation does not override.
fn parameters<'a>(
    path: &Node<'a>,
    node: &Node<'a>,
    schemas: &Schemas<'a>,
) -> Result<Vec<Parameter>> {
    let mut wrong = Refusal::default();
    let mut read = |node: &Node<'a>| -> Result<Vec<Parameter>> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for node in node.list("parameters")? {
            let parameter = schemas.parameter(&node).and_then(|shared| {
                let parameter = url_parameter(&shared, schemas)?;
                check_field(&node, &parameter.field, parameters.iter().map(|one| &one.field))?;
                Ok(parameter)
            });
            parameters.extend(wrong.note(parameter));
        }
        Ok(parameters)
    };
    let (shared, own) = (read(path)?, read(node)?);
    let mut parameters: Vec<Parameter> = Vec::new();
    for parameter in shared {
        let same = |one: &Parameter| {
            one.field.wire == parameter.field.wire && one.place == parameter.place
        };
        if !own.iter().any(same) {
            wrong.note(check_field(node, &parameter.field, own.iter().map(|one| &one.field)));
            parameters.push(parameter);
        }
    }
    parameters.extend(own);
    wrong.check().map(|()| parameters)
}

/// Headers that parameters cannot set.
const OWN_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "transfer-encoding",
    "user-agent",
];

fn url_parameter<'a>(node: &Node<'a>, schemas: &Schemas<'a>) -> Result<Parameter> {
    let mut wrong = Refusal::default();
    let own = ["name", "in", "required", "schema", "x-client-default", "x-secret"];
    wrong.note(node.keys(&[&own, DESCRIBED].concat()));
    let place = wrong.note(node.need("in").and_then(|place| {
        place.word(&[("path", Place::Path), ("query", Place::Query), ("header", Place::Header)])
    }));
    let required = node.get("required").map_or(Ok(false), |required| required.boolean());
    let required = wrong.note(required);
    let name = wrong.note(node.need("name").and_then(|name| Ok((name.text()?, name))));
    let shape = wrong.note(node.need("schema").and_then(|schema| {
        let shape = schemas.shape(&schema, &[])?;
        Ok((schema, shape))
    }));
    let (Some(place), Some(required), Some((wire, name)), Some((schema, shape))) =
        (place, required, name, shape)
    else {
        wrong.note(node.prose("description"));
        wrong.note(node.deprecated());
        return Err(wrong);
    };
    let segment = matches!(
        shape.kind,
        Kind::Text
            | Kind::Enum(_)
            | Kind::Integer(_)
            | Kind::Day
            | Kind::Month
            | Kind::Hand { form: Form::Text | Form::Either, .. }
    );
    let mut refuse = |refused: bool, node: &Node<'_>, reason: &str| {
        if refused {
            wrong.note::<()>(Err(node.refuse(reason)));
        }
    };
    let is_path = place == Place::Path;
    let no_segment = "a path parameter is a string, an integer, a date or a month";
    refuse(is_path && !segment, &schema, no_segment);
    let always = "a path parameter is always required: add `required: true`";
    refuse(is_path && !required, node, always);
    if place == Place::Header {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_own = OWN_HEADERS.contains(&&*wire.to_ascii_lowercase());
        refuse(is_own, &name, "the client or the transport sets this header: remove it");
        let is_legal = !wire.is_empty() && wire.chars().all(legal);
        refuse(!is_legal, &name, "this is not a valid header name: correct it");
        let is_list = matches!(shape.kind, Kind::List(_));
        refuse(is_list, &schema, "a header has one value: lists are not supported here");
    }
    let parameter = wrong.note(parameter(node, wire, &schema, shape, schemas, place, required));
    wrong.check()?;
    parameter.ok_or_else(Refusal::default)
}

/// Adds the fields of a JSON body.
fn add_body<'a>(
    node: &Node<'a>,
    schemas: &Schemas<'a>,
    parameters: &mut Vec<Parameter>,
) -> Result<()> {
    let sent = node.need("required")?;
    if !sent.boolean()? {
        return Err(sent.refuse("a body is always required: write `true`"));
    }
    let content = node.need("content")?;
    content.keys(JSON)?;
    let (media_type, json) = json_content(&content)?;
    json.keys(&["schema"])?;
    let schema = json.need("schema")?;
    if schema.get("$ref").is_some() {
        node.keys(&["required", "description", "content", "x-required", "x-rust-name"])?;
        let shape = schemas.shape(&schema, &[])?;
        if !matches!(shape.kind, Kind::Model { .. }) {
            return Err(
                schema.refuse("a body must be an object: reference a schema of `type: object`")
            );
        }
        let name = node.need("x-rust-name")?.text()?;
        let docs = node.prose("description")?;
        let properties = schemas.optional_texts(&shape.kind, &node.list("x-required")?)?;
        let field = Field { docs, notes: shape.notes, ..Field::named(node, name, shape.kind)? };
        check_field(node, &field, parameters.iter().map(|one| &one.field))?;
        parameters.push(Parameter {
            field,
            place: Place::Document(media_type),
            required: true,
            client_default: None,
            secret: false,
            properties,
            other_routes: Vec::new(),
        });
        return Ok(());
    }
    if media_type != JSON[0] {
        return Err(schema.refuse("this media type needs a whole object: reference one"));
    }
    node.keys(&["required", "content"])?;
    schema.keys(&["type", "properties", "required"])?;
    let kind = schema.need("type")?;
    if kind.text()? != "object" {
        return Err(kind.refuse("a body must be an object: write `object`"));
    }
    let mut wrong = Refusal::default();
    let properties = schema.need("properties")?.entries()?;
    let required = wrong.note(required(&schema, &properties)).unwrap_or_default();
    let also = [&["x-client-default", "x-secret"], DESCRIBED].concat();
    for (wire, property) in &properties {
        let shape = schemas.shape(property, &also);
        let is_required = required.contains_key(wire);
        let parameter = shape.and_then(|shape| {
            let place = Place::Body;
            let one = parameter(property, wire, property, shape, schemas, place, is_required)?;
            check_field(property, &one.field, parameters.iter().map(|one| &one.field))?;
            Ok(one)
        });
        parameters.extend(wrong.note(parameter));
    }
    wrong.check()
}

fn parameter(
    node: &Node<'_>,
    wire: &str,
    schema: &Node<'_>,
    shape: Shape,
    schemas: &Schemas<'_>,
    place: Place,
    required: bool,
) -> Result<Parameter> {
    let mut wrong = Refusal::default();
    if shape.nullable {
        let reason = "a parameter is omitted, never null: remove \"null\"";
        wrong.note::<()>(Err(schema.refuse(reason)));
    }
    let mut element = &shape.kind;
    while let Kind::List(inner) = element
        && (element == &shape.kind || place == Place::Body)
    {
        element = inner;
    }
    let fits = match element {
        Kind::Code | Kind::Decimal | Kind::Map(_) | Kind::Model { .. } | Kind::List(_) => false,
        Kind::Hand { form, .. } => *form != Form::Object,
        Kind::Bytes => element == &shape.kind,
        Kind::Free => place == Place::Body,
        _ => true,
    };
    if !fits {
        let reason = "a parameter cannot have this type";
        wrong.note::<()>(Err(schema.refuse(reason)));
    }
    let client_default = match node.get("x-client-default") {
        Some(default)
            if matches!(place, Place::Path | Place::Header)
                || !matches!(shape.kind, Kind::Text | Kind::Integer(_)) =>
        {
            let reason =
                "only a string or an integer in the query or body can have a client default";
            wrong.note(Err(default.refuse(reason)))
        }
        Some(default) => wrong.note(schemas.client_default(&default)),
        None => None,
    };
    let secret = wrong.note(node.flag("x-secret")).unwrap_or_default();
    let docs = wrong.note(node.prose("description")).unwrap_or_default();
    let deprecated = wrong.note(node.deprecated()).unwrap_or_default();
    let named = wrong.note(Field::named(node, wire, shape.kind));
    wrong.check()?;
    let field =
        Field { docs, deprecated, notes: shape.notes, ..named.ok_or_else(Refusal::default)? };
    let (properties, other_routes) = (Vec::new(), Vec::new());
    Ok(Parameter { field, place, required, client_default, secret, properties, other_routes })
}

/// The groups of parameters that exclude or replace each other.
fn groups(node: &Node<'_>, parameters: &[Parameter]) -> Result<Vec<OneOf>> {
    let mut groups: Vec<OneOf> = Vec::new();
    for node in node.list("x-one-of")? {
        node.keys(&["names", "require"])?;
        let require = node.need("require")?.word(&[
            ("at-most-one", Require::AtMost),
            ("exactly-one", Require::Exactly),
            ("at-least-one", Require::AtLeast),
        ])?;
        let mut members: Vec<String> = Vec::new();
        let names = node.need("names")?;
        for name in names.elements()? {
            let wire = name.text()?;
            let found = parameters.iter().find(|one| one.field.wire == wire && !one.required);
            let member = found.map(|one| one.field.name.clone()).ok_or_else(|| {
                let hint = names::near(wire, parameters.iter().map(|one| &*one.field.wire));
                let reason = format!("there is no optional parameter `{wire}`: add or correct it");
                name.refuse(reason + &hint)
            })?;
            let filled = found.is_some_and(|one| one.client_default.is_some());
            if filled && require == Require::Exactly {
                return Err(name.refuse(
                    "a group with a client default cannot be `exactly-one`: use `at-least-one`, or remove the `x-client-default`",
                ));
            }
            let taken = groups.iter().flat_map(|group| &group.members).chain(&members);
            if taken.into_iter().any(|other| *other == member) {
                return Err(name.refuse(format!("`{wire}` occurs twice: remove one")));
            }
            members.push(member);
        }
        if members.len() < 2 {
            return Err(names.refuse("a group needs at least two parameters: name two or more"));
        }
        groups.push(OneOf { members, require });
    }
    Ok(groups)
}

/// Documents the client defaults and the groups of parameters.
fn add_notes(parameters: &mut [Parameter], groups: &[OneOf]) {
    // The client defaults of each group so far.
    let mut filled: Vec<(&OneOf, String)> = Vec::new();
    for parameter in parameters {
        let name = &parameter.field.name;
        let group = groups.iter().find(|group| group.members.contains(name));
        let notes = &mut parameter.field.notes;
        if parameter.secret {
            notes.push("A secret: `Debug` does not show it.".to_owned());
        }
        if let Some(group) = group {
            let others = group.members.iter().filter(|member| *member != name);
            let others = others.map(|member| format!("`{}`", names::written(member)));
            let all: Vec<String> =
                std::iter::once("this parameter".to_owned()).chain(others).collect();
            let number = match group.require {
                Require::AtMost => "at most one",
                Require::Exactly => "exactly one",
                Require::AtLeast => "at least one",
            };
            notes.push(format!("Set {number} of {}.", names::listed(&all)));
        }
        if let Some(default) = &parameter.client_default {
            let sent = format!("the client's [`{default}`](crate::Client::{default}) is sent");
            let case = match group {
                Some(group) if group.require != Require::AtLeast => {
                    let before = filled.iter().filter(|(other, _)| std::ptr::eq(*other, group));
                    let before: String = before
                        .map(|(_, name)| format!(", and the client has no `{name}`"))
                        .collect();
                    filled.push((group, default.clone()));
                    format!("If none of them is set{before}")
                }
                _ => "If absent".to_owned(),
            };
            let either = if parameter.required { "; without either, the call fails" } else { "" };
            notes.push(format!("{case}, {sent}, if it has one{either}."));
        }
    }
}

/// Checks that the names in braces and the path parameters match, both ways.
fn check_route(node: &Node<'_>, route: &str, parameters: &[Parameter]) -> Result<()> {
    let mut named = Vec::new();
    for segment in route.split('/').skip(1) {
        let bad = || node.refuse(format!("`{segment}` is not a segment of a route: correct it"));
        let mut rest = segment;
        while let Some((text, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').ok_or_else(bad)?;
            if name.is_empty() || text.contains('}') || tail.starts_with('{') {
                return Err(bad());
            }
            if named.contains(&name) {
                return Err(
                    node.refuse(format!("the route contains `{{{name}}}` twice: rename one"))
                );
            }
            named.push(name);
            rest = tail;
        }
        if segment.is_empty() || rest.contains('}') || segment.contains(['?', '#', ' ']) {
            return Err(bad());
        }
    }
    if !route.starts_with('/') {
        return Err(node.refuse("a route must begin with a slash: add it"));
    }
    let given = || parameters.iter().filter(|parameter| parameter.place == Place::Path);
    if let Some(name) = named.iter().find(|name| given().all(|one| one.field.wire != **name)) {
        let reason = format!("the route has `{{{name}}}`, but no path parameter has that name");
        return Err(node.refuse(format!("{reason}: add it")));
    }
    if let Some(one) = given().find(|one| !named.contains(&one.field.wire.as_str())) {
        let reason = format!("the path parameter `{}` is not in the route", one.field.wire);
        return Err(node.refuse(format!("{reason}: correct one of them")));
    }
    Ok(())
}

/// The responses of an operation.
struct Responses {
    response_type: ResponseType,
    /// The statuses that mean success.
    success: Vec<u16>,
    /// Whether the response may have no content.
    may_be_empty: bool,
    /// Whether the response is a list.
    list: bool,
    accept: Option<&'static str>,
    docs: String,
    errors: Vec<(String, String)>,
    /// Whether the response may also be a file.
    files: bool,
    /// Whether the result may not be ready, with the description of that response.
    pending: Option<String>,
}

/// The media types of JSON.
const JSON: &[&str] = &["application/json", "application/vnd.api+json"];
/// The media types of files, other than JSON.
const FILES: &[&str] = &["application/pdf", "application/zip", "text/csv", "text/plain"];
/// Bytes of any kind.
const BYTES: &str = "application/octet-stream";

fn responses<'a>(node: &Node<'a>, schemas: &Schemas<'a>) -> Result<Responses> {
    let mut success = None;
    let mut statuses = Vec::new();
    let mut may_be_empty = false;
    let mut list = false;
    let mut pending = None;
    let mut errors = Vec::new();
    let several = node.get("200").is_some() && node.get("202").is_some();
    each(node.entries()?, |(status, response)| {
        let digits = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        if status == "202" && several {
            response.keys(&["description"])?;
            statuses.extend(status.parse::<u16>());
            pending = Some(response.prose("description")?);
        } else if digits && status.starts_with('2') {
            response.keys(&["description", "content", "x-list", "x-may-be-empty"])?;
            statuses.extend(status.parse::<u16>());
            may_be_empty = response.flag("x-may-be-empty")?;
            list = response.flag("x-list")?;
            if may_be_empty && response.get("content").is_none() {
                return Err(response.refuse("there is no `content`: remove `x-may-be-empty`"));
            }
            if success.is_some() {
                return Err(node.refuse(
                    "there are two success responses: an operation has one, except for a 202 beside a \
                     200",
                ));
            }
            success = Some((response_type(&response, schemas)?, response.prose("description")?));
        } else if digits && status.starts_with(['4', '5']) {
            response.keys(&["description"])?;
            errors.push((status.to_owned(), response.prose("description")?));
        } else {
            return Err(response.refuse("expected a status, such as \"200\" or \"404\""));
        }
        Ok(())
    })?;
    errors.sort();
    let ((response_type, accept, files), docs) =
        success.ok_or_else(|| node.refuse("there is no success response: add one"))?;
    if pending.is_some() && !matches!(response_type, ResponseType::Object(_)) {
        return Err(node.refuse(
            "a 202 is supported only beside a response with a JSON object: remove the 202",
        ));
    }
    statuses.sort_unstable();
    Ok(Responses {
        response_type,
        success: statuses,
        may_be_empty,
        list,
        accept,
        docs,
        errors,
        files,
        pending,
    })
}

/// The response type, its media type unless that is plain JSON, and whether it may also be a file.
fn response_type<'a>(
    response: &Node<'a>,
    schemas: &Schemas<'a>,
) -> Result<(ResponseType, Option<&'static str>, bool)> {
    let Some(content) = response.get("content") else {
        return Ok((ResponseType::Nothing, None, false));
    };
    content.keys(&[JSON, FILES, &[BYTES]].concat())?;
    if let [(media_type, file)] = content.entries()?.as_slice()
        && !JSON.contains(media_type)
    {
        file.keys(&[])?;
        return Ok((ResponseType::Download((*media_type).to_owned()), None, false));
    }
    let (media_type, json) = json_content(&content)?;
    json.keys(&["schema"])?;
    let schema = json.need("schema")?;
    let shape = schemas.shape(&schema, &[])?;
    let mut files = false;
    for file in FILES.iter().filter_map(|media_type| content.get(media_type)) {
        file.keys(&[])?;
        files = true;
    }
    let file = content.get(BYTES);
    let mut kind = FILES[0];
    if let Some(file) = &file {
        file.keys(&["x-media-type"])?;
        if files {
            return Err(file.refuse("the media type selects the file: remove one of them"));
        }
        let media_type = file.need("x-media-type")?;
        let text = media_type.text()?;
        kind = FILES
            .iter()
            .find(|known| **known == text)
            .ok_or_else(|| media_type.refuse(format!("expected one of {}", FILES.join(", "))))?;
    }
    let response_type = match shape.kind {
        Kind::List(element) if file.is_none() && !files => match *element {
            Kind::Model { name, .. } | Kind::Hand { name, form: Form::Object } => {
                ResponseType::List(name)
            }
            _ => {
                return Err(schema.refuse("a list as the whole response must be a list of objects"));
            }
        },
        Kind::Model { name, .. } if file.is_none() && !shape.nullable => ResponseType::Object(name),
        Kind::Hand { name, form: Form::Object } if !shape.nullable => {
            if file.is_some() {
                ResponseType::File(name, kind)
            } else {
                ResponseType::Object(name)
            }
        }
        _ if file.is_some() => {
            return Err(schema.refuse(
                "a file in JSON is a hand-written type: reference a schema with `x-rust-type`",
            ));
        }
        _ => {
            return Err(schema.refuse(
                "a response must be an object or a list of objects: reference a schema of `type: object`",
            ));
        }
    };
    Ok((response_type, Some(media_type).filter(|media_type| *media_type != JSON[0]), files))
}

/// The JSON schema and its media type.
fn json_content<'a>(content: &Node<'a>) -> Result<(&'static str, Node<'a>)> {
    let mut found = JSON.iter().filter_map(|name| Some((*name, content.get(name)?)));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some((_, other))) => {
            Err(other.refuse("only one JSON media type is allowed: remove one"))
        }
        (None, _) => Err(content.refuse("`application/json` is missing: add it")),
    }
}

/// The method that returns the response as a file.
fn read_download(node: &Node<'_>, schemas: &Schemas<'_>) -> Result<FileForm> {
    node.keys(&["name", "format", "summary", "example"])?;
    let name = node.need("name")?;
    names::check_snake(name.text()?).map_err(|problem| name.refuse(problem))?;
    Ok(FileForm {
        name: name.text()?.to_owned(),
        format: schemas.root_type(&node.need("format")?)?,
        summary: node.prose("summary")?,
        example: example(&node.need("example")?)?,
    })
}
