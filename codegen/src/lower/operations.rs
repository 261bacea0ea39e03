//! Operations, their parameters and answers.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    external_docs,
    schemas::{Schemas, Shape, check_field, root_type},
};
use crate::{
    model::{
        Answer, End, Field, FileForm, Form, Idempotency, Kind, Model, OneOf, Operation, Outcome,
        Pages, Paging, Parameter, Place, Require, Version,
    },
    names,
    spec::{Node, Result},
};

/// In the order in which a path's operations are written.
const METHODS: &[&str] = &["get", "put", "post", "patch", "delete"];

/// Puts every operation under its tag.
pub(super) fn read(root: &Node<'_>, schemas: &Schemas<'_>, version: &mut Version) -> Result<()> {
    let mut ids = BTreeSet::new();
    for (route, path) in root.need("paths")?.entries()? {
        path.keys(METHODS)?;
        for (method, node) in METHODS.iter().filter_map(|&name| Some((name, path.get(name)?))) {
            let operation = Operation::read(&node, route, method, schemas, version)?;
            if !ids.insert(operation.id.clone()) {
                return Err(node.refuse(format!(
                    "the operationId `{}` is there twice: rename one",
                    operation.id
                )));
            }
            let tags = node.need("tags")?.elements()?;
            let [tag] = tags.as_slice() else {
                return Err(node.refuse("`tags` names one tag, the struct to put it in"));
            };
            let name = tag.text()?;
            let api = version.apis.iter_mut().find(|api| api.name == name).ok_or_else(|| {
                tag.refuse(format!("there is no tag `{name}` at the root: add or correct it"))
            })?;
            for name in operation.methods() {
                let taken = |other: &Operation| other.methods().contains(&name);
                if api.operations.iter().any(taken) {
                    return Err(node.refuse(format!(
                        "the method name `{name}` is taken by another operation: change an \
                         operationId"
                    )));
                }
            }
            api.operations.push(operation);
        }
    }
    keep_to_the_route(version);
    match version.apis.iter().find(|api| api.operations.is_empty()) {
        Some(api) => {
            let reason = format!("the tag `{}` is on no operation: remove it", api.name);
            Err(root.need("tags")?.refuse(reason))
        }
        None => Ok(()),
    }
}

/// Notes for each path parameter the values that would turn its route into another one:
/// `month-to-date` for `/invoices/{id}` where there is `/invoices/month-to-date`.
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

impl Operation {
    /// The name of the method that walks all pages.
    pub(crate) fn all_name(&self) -> Option<String> {
        self.paging.as_ref().map(|_| format!("{}_all", self.name))
    }

    /// The name of the method that waits for the answer.
    pub(crate) fn wait_name(&self) -> Option<String> {
        self.outcome.as_ref().map(|_| format!("{}_when_ready", self.name))
    }

    /// The name of the method that writes a file to disk.
    pub(crate) fn to_file_name(&self) -> Option<String> {
        match (&self.download, &self.answer) {
            (Some(download), _) => Some(format!("{}_to", download.name)),
            (None, Answer::File(..)) => Some(format!("{}_to", self.name)),
            _ => None,
        }
    }

    /// The names of its methods.
    pub(crate) fn methods(&self) -> Vec<String> {
        let download = self.download.as_ref().map(|download| download.name.clone());
        let others = [self.all_name(), self.wait_name(), download, self.to_file_name()];
        std::iter::once(self.name.clone()).chain(others.into_iter().flatten()).collect()
    }

    fn read(
        node: &Node<'_>,
        route: &str,
        method: &str,
        schemas: &Schemas<'_>,
        version: &mut Version,
    ) -> Result<Self> {
        node.keys(&[
            "operationId",
            "tags",
            "summary",
            "description",
            "externalDocs",
            "parameters",
            "requestBody",
            "responses",
            "x-idempotency",
            "x-one-of",
            "x-pagination",
            "x-download",
            "x-outcome",
            "x-example",
        ])?;
        let id = node.need("operationId")?;
        let name = names::snake(id.text()?);
        names::check_snake(&name)
            .map_err(|problem| id.refuse(format!("{problem}: change the operationId")))?;
        let idempotency = node.need("x-idempotency")?;
        let idempotency = match idempotency.text()? {
            "safe" => Idempotency::Safe,
            "idempotent" => Idempotency::Idempotent,
            "never" => Idempotency::Never,
            _ => return Err(idempotency.refuse("`safe`, `idempotent` or `never` is due here")),
        };
        let method = match method {
            "get" => "GET",
            "put" => "PUT",
            "post" => "POST",
            "patch" => "PATCH",
            _ => "DELETE",
        };
        if (method == "GET") != (idempotency == Idempotency::Safe) {
            return Err(node.need("x-idempotency")?.refuse(
                "a GET is `safe`, and nothing else is: correct the method or the keyword",
            ));
        }
        let mut parameters = parameters(node, schemas)?;
        if let Some(body) = node.get("requestBody") {
            if matches!(method, "GET" | "DELETE") {
                return Err(body.refuse(format!("a {method} has no body: remove it")));
            }
            add_body(&body, schemas, &mut parameters)?;
        }
        check_route(node, route, &parameters)?;
        let one_of = groups(node, &parameters)?;
        add_notes(&mut parameters, &one_of);
        let responses = responses(&node.need("responses")?, schemas)?;
        let download = match (node.get("x-download"), responses.files) {
            (Some(download), true) => Some(read_download(&download)?),
            (None, false) => None,
            (Some(download), false) => {
                return Err(download.refuse("there is no file among the answer's media types"));
            }
            (None, true) => {
                return Err(node.refuse("the answer may be a file: add `x-download`"));
            }
        };
        let outcome = match (node.get("x-outcome"), &responses.pending) {
            (Some(outcome), Some(_)) => Some(read_outcome(&outcome)?),
            (None, None) => None,
            (Some(outcome), None) => {
                return Err(outcome.refuse("there is no 202 beside a 200 among the responses"));
            }
            (None, Some(_)) => {
                return Err(node.refuse("the answer may not be ready: add `x-outcome`"));
            }
        };
        let Responses {
            answer,
            success,
            may_be_empty,
            list,
            accept,
            docs: answer_docs,
            errors,
            pending,
            ..
        } = responses;
        let answer_docs = match pending {
            Some(pending) => format!("{answer_docs}\n\n{pending}"),
            None => answer_docs,
        };
        let paging = match node.get("x-pagination") {
            Some(paging) => Some(read_paging(&paging, &parameters, &answer, version)?),
            None => None,
        };
        Ok(Self {
            id: id.text()?.to_owned(),
            name,
            request: format!("{}Request", names::pascal(id.text()?)),
            method,
            route: route.to_owned(),
            idempotency,
            page: external_docs(node)?.unwrap_or_else(|| version.page.clone()),
            summary: node.need("summary")?.prose()?,
            docs: node.need("description")?.prose()?,
            parameters,
            one_of,
            answer,
            success,
            may_be_empty,
            list: list || paging.is_some(),
            accept,
            answer_docs,
            errors,
            paging,
            download,
            outcome,
            example: example(&node.need("x-example")?)?,
        })
    }
}

/// Code for a doc test, which must at least be statements.
fn example(node: &Node<'_>) -> Result<String> {
    let code = node.text()?.trim_end();
    if code.trim().is_empty() {
        return Err(node.refuse("the example is empty: show a call"));
    }
    match syn::parse_str::<syn::Block>(&format!("{{ {code} }}")) {
        Ok(_) => Ok(code.to_owned()),
        Err(error) => Err(node.refuse(format!("this is no Rust code: {error}"))),
    }
}

/// The parameters of path and query.
fn parameters(node: &Node<'_>, schemas: &Schemas<'_>) -> Result<Vec<Parameter>> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let Some(list) = node.get("parameters") else {
        return Ok(parameters);
    };
    for node in list.elements()? {
        node.keys(&[
            "name",
            "in",
            "description",
            "required",
            "schema",
            "x-client-default",
            "x-rust-name",
            "x-secret",
        ])?;
        let place = node.need("in")?;
        let place = match place.text()? {
            "path" => Place::Path,
            "query" => Place::Query,
            _ => return Err(place.refuse("only `path` and `query` parameters are understood")),
        };
        let required = match node.get("required") {
            Some(required) => required.boolean()?,
            None => false,
        };
        let wire = node.need("name")?.text()?;
        let schema = node.need("schema")?;
        let shape = schemas.shape(&schema, &[])?;
        let text = matches!(
            shape.kind,
            Kind::Text | Kind::Enum(_) | Kind::Hand { form: Form::Text | Form::Either, .. }
        );
        if place == Place::Path && !text {
            return Err(schema.refuse("a path parameter is a string"));
        }
        if place == Place::Path && !required {
            return Err(node.refuse("a path parameter is always there: add `required: true`"));
        }
        let parameter = parameter(&node, wire, &schema, shape, place, required)?;
        check_field(&node, &parameter.field, parameters.iter().map(|one| &one.field))?;
        parameters.push(parameter);
    }
    Ok(parameters)
}

/// Adds the fields of a JSON body.
fn add_body(node: &Node<'_>, schemas: &Schemas<'_>, parameters: &mut Vec<Parameter>) -> Result<()> {
    let required = node.need("required")?;
    if !required.boolean()? {
        return Err(required.refuse("a body is always sent: write `true`"));
    }
    let content = node.need("content")?;
    content.keys(JSON)?;
    let (media_type, json) = json_content(&content)?;
    json.keys(&["schema"])?;
    let schema = json.need("schema")?;
    if schema.get("$ref").is_some() {
        node.keys(&["required", "description", "content", "x-rust-name"])?;
        let shape = schemas.shape(&schema, &[])?;
        if !matches!(shape.kind, Kind::Model { .. }) {
            return Err(schema.refuse("a body is an object: reference a schema of `type: object`"));
        }
        let name = node.need("x-rust-name")?.text()?;
        let docs = node.need("description")?.prose()?;
        let field = Field { docs, notes: shape.notes, ..Field::named(node, name, shape.kind)? };
        check_field(node, &field, parameters.iter().map(|one| &one.field))?;
        parameters.push(Parameter {
            field,
            place: Place::Document(media_type),
            required: true,
            client_default: None,
            secret: false,
            other_routes: Vec::new(),
        });
        return Ok(());
    }
    if media_type != JSON[0] {
        return Err(schema.refuse("only a whole object goes out in this media type: reference one"));
    }
    node.keys(&["required", "content"])?;
    schema.keys(&["type", "properties", "required"])?;
    let kind = schema.need("type")?;
    if kind.text()? != "object" {
        return Err(kind.refuse("a body is an object: write `object`"));
    }
    let mut required = BTreeMap::new();
    if let Some(list) = schema.get("required") {
        for name in list.elements()? {
            let wire = name.text()?;
            if required.contains_key(wire) {
                return Err(name.refuse(format!("`{wire}` is there twice: remove one")));
            }
            required.insert(wire, name);
        }
    }
    for (wire, property) in schema.need("properties")?.entries()? {
        let also = ["description", "x-client-default", "x-rust-name", "x-secret"];
        let shape = schemas.shape(&property, &also)?;
        let required = required.remove(wire).is_some();
        let parameter = parameter(&property, wire, &property, shape, Place::Body, required)?;
        check_field(&property, &parameter.field, parameters.iter().map(|one| &one.field))?;
        parameters.push(parameter);
    }
    match required.into_iter().next() {
        Some((name, node)) => {
            Err(node.refuse(format!("there is no property `{name}`: add or correct it")))
        }
        None => Ok(()),
    }
}

fn parameter(
    node: &Node<'_>,
    wire: &str,
    schema: &Node<'_>,
    shape: Shape,
    place: Place,
    required: bool,
) -> Result<Parameter> {
    if shape.nullable {
        return Err(schema.refuse("a parameter is left out, not null: drop \"null\""));
    }
    let element = match &shape.kind {
        Kind::List(element) => element,
        kind => kind,
    };
    let object = matches!(element, Kind::Model { .. } | Kind::Hand { form: Form::Object, .. });
    if matches!(element, Kind::Decimal | Kind::Map(_)) || object {
        return Err(schema.refuse("this type cannot be written as a parameter"));
    }
    let client_default = match node.get("x-client-default") {
        Some(default) => Some(client_default(&default, &shape.kind, place)?),
        None => None,
    };
    let secret = node.flag("x-secret")?;
    let docs = node.need("description")?.prose()?;
    let field = Field { docs, notes: shape.notes, ..Field::named(node, wire, shape.kind)? };
    Ok(Parameter { field, place, required, client_default, secret, other_routes: Vec::new() })
}

fn client_default(node: &Node<'_>, kind: &Kind, place: Place) -> Result<String> {
    if place == Place::Path || !matches!(kind, Kind::Text | Kind::Integer(_)) {
        return Err(node.refuse("only a string or an integer outside the path has one"));
    }
    let name = node.text()?;
    names::check_snake(name).map_err(|problem| node.refuse(problem))?;
    Ok(name.to_owned())
}

/// The parameters that stand for each other.
fn groups(node: &Node<'_>, parameters: &[Parameter]) -> Result<Vec<OneOf>> {
    let mut groups: Vec<OneOf> = Vec::new();
    let Some(list) = node.get("x-one-of") else {
        return Ok(groups);
    };
    for node in list.elements()? {
        node.keys(&["names", "require"])?;
        let require = node.need("require")?;
        let require = match require.text()? {
            "at-most-one" => Require::AtMost,
            "exactly-one" => Require::Exactly,
            "at-least-one" => Require::AtLeast,
            _ => {
                return Err(
                    require.refuse("`at-most-one`, `exactly-one` or `at-least-one` is due here")
                );
            }
        };
        let mut members: Vec<String> = Vec::new();
        let names = node.need("names")?;
        for name in names.elements()? {
            let wire = name.text()?;
            let found = parameters.iter().find(|one| one.field.wire == wire && !one.required);
            let member = found.map(|one| one.field.name.clone()).ok_or_else(|| {
                name.refuse(format!("no parameter `{wire}` may be left out: add or correct it"))
            })?;
            let filled = found.is_some_and(|one| one.client_default.is_some());
            if filled && require == Require::Exactly {
                return Err(name.refuse(
                    "what the client fills is not asked for exactly once: say `at-least-one`, or \
                     drop the `x-client-default`",
                ));
            }
            let taken = groups.iter().flat_map(|group| &group.members).chain(&members);
            if taken.into_iter().any(|other| *other == member) {
                return Err(name.refuse(format!("`{wire}` is there twice: remove one")));
            }
            members.push(member);
        }
        if members.len() < 2 {
            return Err(names.refuse("one alone has nothing to stand for: name two or more"));
        }
        groups.push(OneOf { members, require });
    }
    Ok(groups)
}

/// Documents what the client fills, and which parameters stand for each other.
fn add_notes(parameters: &mut [Parameter], groups: &[OneOf]) {
    // Those of a group that the client fills, as far as they were seen.
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
            let all: Vec<String> = std::iter::once("this".to_owned()).chain(others).collect();
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
            let either =
                if parameter.required { "; without either, the call is refused" } else { "" };
            notes.push(format!("{case}, {sent}, if it has one{either}."));
        }
    }
}

/// Compares the names in braces with the path parameters, both ways.
fn check_route(node: &Node<'_>, route: &str, parameters: &[Parameter]) -> Result<()> {
    let mut named = Vec::new();
    for segment in route.split('/').skip(1) {
        let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        if segment.is_empty() || name.unwrap_or(segment).contains(['{', '}', '?', '#', ' ']) {
            return Err(node.refuse(format!("`{segment}` is no segment of a route: correct it")));
        }
        if name.is_some_and(|name| named.contains(&name)) {
            return Err(node.refuse(format!("the route has `{segment}` twice: rename one")));
        }
        named.extend(name);
    }
    if !route.starts_with('/') {
        return Err(node.refuse("a route begins with a slash: add it"));
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

/// What the responses of an operation say.
struct Responses {
    answer: Answer,
    /// The statuses of the successes.
    success: Vec<u16>,
    /// Whether the answer may come without content.
    may_be_empty: bool,
    /// Whether the answer is a list.
    list: bool,
    accept: Option<&'static str>,
    docs: String,
    errors: Vec<(String, String)>,
    /// Whether the answer may also come as a file.
    files: bool,
    /// Whether it may not be ready, and what is said of that.
    pending: Option<String>,
}

/// The media types in which JSON is sent.
const JSON: &[&str] = &["application/json", "application/vnd.api+json"];
/// The media types of files, beside JSON.
const FILES: &[&str] = &["application/pdf", "text/csv"];

fn responses(node: &Node<'_>, schemas: &Schemas<'_>) -> Result<Responses> {
    let mut success = None;
    let mut statuses = Vec::new();
    let mut may_be_empty = false;
    let mut list = false;
    let mut pending = None;
    let mut errors = Vec::new();
    let several = node.get("200").is_some() && node.get("202").is_some();
    for (status, response) in node.entries()? {
        let digits = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        if status == "202" && several {
            response.keys(&["description"])?;
            statuses.extend(status.parse::<u16>());
            pending = Some(response.need("description")?.prose()?);
        } else if digits && status.starts_with('2') {
            response.keys(&["description", "content", "x-list", "x-may-be-empty"])?;
            statuses.extend(status.parse::<u16>());
            may_be_empty = response.flag("x-may-be-empty")?;
            list = response.flag("x-list")?;
            if may_be_empty && response.get("content").is_none() {
                return Err(response.refuse("there is no `content`: drop `x-may-be-empty`"));
            }
            if success.is_some() {
                return Err(node.refuse(
                    "there are two successes: an operation has one answer, but for a 202 beside a \
                     200",
                ));
            }
            success = Some((answer(&response, schemas)?, response.need("description")?.prose()?));
        } else if digits && status.starts_with(['4', '5']) {
            response.keys(&["description"])?;
            errors.push((status.to_owned(), response.need("description")?.prose()?));
        } else {
            return Err(response.refuse("a status such as \"200\" or \"404\" is due here"));
        }
    }
    errors.sort();
    let ((answer, accept, files), docs) = success
        .ok_or_else(|| node.refuse("no success among the responses: describe the answer"))?;
    if pending.is_some() && !matches!(answer, Answer::Object(_)) {
        return Err(node.refuse("only an answer in JSON may not be ready: drop the 202"));
    }
    statuses.sort_unstable();
    Ok(Responses {
        answer,
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

/// The answer, its media type where that is not plain JSON, and whether it may also be a file.
fn answer(
    response: &Node<'_>,
    schemas: &Schemas<'_>,
) -> Result<(Answer, Option<&'static str>, bool)> {
    let Some(content) = response.get("content") else {
        return Ok((Answer::Nothing, None, false));
    };
    content.keys(&[JSON, FILES, &["application/octet-stream"]].concat())?;
    let (media_type, json) = json_content(&content)?;
    json.keys(&["schema"])?;
    let schema = json.need("schema")?;
    let shape = schemas.shape(&schema, &[])?;
    let mut files = false;
    for file in FILES.iter().filter_map(|media_type| content.get(media_type)) {
        file.keys(&[])?;
        files = true;
    }
    let file = content.get("application/octet-stream");
    let mut kind = FILES[0];
    if let Some(file) = &file {
        file.keys(&["x-media-type"])?;
        if files {
            return Err(file.refuse("a file is asked for by its media type: remove one of them"));
        }
        let media_type = file.need("x-media-type")?;
        let text = media_type.text()?;
        kind = FILES.iter().find(|known| **known == text).ok_or_else(|| {
            media_type.refuse(format!("one of these is due here: {}", FILES.join(", ")))
        })?;
    }
    let answer = match shape.kind {
        Kind::Model { name, .. } if file.is_none() && !shape.nullable => Answer::Object(name),
        Kind::Hand { name, form: Form::Object } if !shape.nullable => {
            if file.is_some() {
                Answer::File(name, kind)
            } else {
                Answer::Object(name)
            }
        }
        _ if file.is_some() => {
            return Err(schema.refuse(
                "a file in JSON is a hand-written type: reference a schema with `x-rust-type`",
            ));
        }
        _ => {
            return Err(
                schema.refuse("an answer is an object: reference a schema of `type: object`")
            );
        }
    };
    Ok((answer, Some(media_type).filter(|media_type| *media_type != JSON[0]), files))
}

/// What is sent as JSON, and its media type.
fn json_content<'a>(content: &Node<'a>) -> Result<(&'static str, Node<'a>)> {
    let mut found = JSON.iter().filter_map(|name| Some((*name, content.get(name)?)));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some((_, other))) => Err(other.refuse("JSON has one media type: remove one")),
        (None, _) => Err(content.refuse("`application/json` is missing: add it")),
    }
}

/// The form of a call that takes the answer as a file.
fn read_download(node: &Node<'_>) -> Result<FileForm> {
    node.keys(&["name", "format", "summary", "example"])?;
    let name = node.need("name")?;
    names::check_snake(name.text()?).map_err(|problem| name.refuse(problem))?;
    Ok(FileForm {
        name: name.text()?.to_owned(),
        format: root_type(&node.need("format")?)?,
        summary: node.need("summary")?.prose()?,
        example: example(&node.need("example")?)?,
    })
}

/// The type of an answer that may not be ready.
fn read_outcome(node: &Node<'_>) -> Result<Outcome> {
    node.keys(&["type", "summary", "example"])?;
    Ok(Outcome {
        name: root_type(&node.need("type")?)?,
        summary: node.need("summary")?.prose()?,
        example: example(&node.need("example")?)?,
    })
}

fn read_paging(
    node: &Node<'_>,
    parameters: &[Parameter],
    answer: &Answer,
    version: &mut Version,
) -> Result<Paging> {
    let style = node.need("style")?;
    let (by_token, end) = match style.text()? {
        "page" => (false, "total"),
        "token" => (true, "next"),
        "cursor" => return read_cursor_paging(node, parameters, answer, version),
        _ => return Err(style.refuse("`page`, `token` or `cursor` is due here")),
    };
    node.keys(&["style", "items", end, "page-size", "summary", "example"])?;
    let parameter = |wire: &str, kind: Kind| {
        let found = parameters.iter().find(|parameter| parameter.field.wire == wire);
        match found {
            Some(found)
                if found.field.kind == kind
                    && found.place == Place::Query
                    && found.is_optional() =>
            {
                Ok(found.field.name.clone())
            }
            _ => Err(node.refuse(format!(
                "pages need an optional query parameter `{wire}` ({kind:?}): add it"
            ))),
        }
    };
    let page = if by_token {
        parameter("page_token", Kind::Text)?
    } else {
        parameter("page", Kind::Integer("i32"))?
    };
    let page_size = parameter("page_size", Kind::Integer("u32"))?;
    let Answer::Object(name) = answer else {
        return Err(node.refuse("only an answer in JSON has pages"));
    };
    let model = version.models.iter_mut().find(|model| model.name == *name);
    let model = model.ok_or_else(|| node.refuse("only a generated model has pages"))?;
    let field = |key: &str, wanted: &str, fits: fn(&Field) -> bool| {
        let wire = node.need(key)?;
        let text = wire.text()?;
        let found = model.fields.iter().find(|field| field.wire == text);
        found.filter(|field| fits(field)).ok_or_else(|| {
            wire.refuse(format!("`{name}` has no property `{text}` that is {wanted}: correct it"))
        })
    };
    let items = field("items", "a list of objects", |field| field.item().is_some())?;
    let end = if by_token {
        let next =
            field(end, "a string or null", |field| field.kind == Kind::Text && field.nullable)?;
        End::Next(next.name.clone())
    } else {
        let total = field(end, "an integer of format uint64", |field| {
            field.kind == Kind::Integer("u64") && !field.nullable
        })?;
        End::Total(total.name.clone())
    };
    let item = items.item().unwrap_or_default().to_owned();
    let pages = Pages { items: items.name.clone(), item, end };
    if model.pages.as_ref().is_some_and(|other| *other != pages) {
        return Err(node.refuse(format!("`{name}` has pages of another kind already")));
    }
    model.pages = Some(pages);
    let size = node.need("page-size")?;
    let default_page_size = u32::try_from(size.integer()?)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| size.refuse("a page holds at least one item"))?;
    let example = example(&node.need("example")?)?;
    let summary = node.need("summary")?.prose()?;
    let page_size = Some((page_size, default_page_size));
    Ok(Paging { page, by_token, page_size, summary, example })
}

/// A list with cursors. No size is sent unless it is asked for, and an answer written by hand is its
/// own page.
fn read_cursor_paging(
    node: &Node<'_>,
    parameters: &[Parameter],
    answer: &Answer,
    version: &mut Version,
) -> Result<Paging> {
    let cursor = parameters.iter().find(|one| one.field.wire == "cursor");
    let cursor = cursor.filter(|one| {
        one.field.kind == Kind::Text && one.place == Place::Query && one.is_optional()
    });
    let cursor = cursor.ok_or_else(|| {
        node.refuse("pages need an optional query parameter `cursor`, a string: add it")
    })?;
    let Answer::Object(name) = answer else {
        return Err(node.refuse("only an answer in JSON has pages"));
    };
    let models = &version.models;
    if let Some(model) = models.iter().find(|model| model.name == *name) {
        node.keys(&["style", "items", "next", "summary", "example"])?;
        let items = node.need("items")?;
        let wire = items.text()?;
        let field = model.fields.iter().find(|field| field.wire == wire);
        let item = field.and_then(|field| Some((&field.name, field.item()?)));
        let (list, item) = item.ok_or_else(|| {
            items.refuse(format!(
                "`{name}` has no property `{wire}` that is a list of objects: correct it"
            ))
        })?;
        let next = node.need("next")?;
        let end = next_in(&next, model, models)?;
        let pages = Pages { items: list.clone(), item: item.to_owned(), end };
        if model.pages.as_ref().is_some_and(|other| *other != pages) {
            return Err(node.refuse(format!("`{name}` has pages of another kind already")));
        }
        if let Some(model) = version.models.iter_mut().find(|model| model.name == *name) {
            model.pages = Some(pages);
        }
    } else {
        node.keys(&["style", "summary", "example"])?;
    }
    let example = example(&node.need("example")?)?;
    let summary = node.need("summary")?.prose()?;
    Ok(Paging {
        page: cursor.field.name.clone(),
        by_token: true,
        page_size: None,
        summary,
        example,
    })
}

/// The property of a property that holds the cursor of the next page: `meta.next_cursor`.
fn next_in(next: &Node<'_>, model: &Model, models: &[Model]) -> Result<End> {
    let (outer, inner) = next
        .text()?
        .split_once('.')
        .ok_or_else(|| next.refuse("write it as `<property>.<property>`"))?;
    let outer = model.fields.iter().find(|field| field.wire == outer && field.nullable);
    let found = outer.and_then(|outer| {
        let Kind::Model { name, .. } = &outer.kind else {
            return None;
        };
        let holder = models.iter().find(|model| model.name == *name)?;
        let inner = holder.fields.iter().find(|field| field.wire == inner)?;
        let text = inner.kind == Kind::Text && !inner.nullable;
        text.then(|| End::NextIn(outer.name.clone(), inner.name.clone()))
    });
    found.ok_or_else(|| {
        next.refuse(format!(
            "`{}` has no such property: a nullable object with a string in it is due",
            model.name
        ))
    })
}
