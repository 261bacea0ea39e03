//! Reads an OpenAPI document, ours or a vendor's, as far as possible, and rejects nothing.

use super::{Fact, Facts};
use crate::{
    Failure,
    spec::{self, Node},
};

const METHODS: [&str; 7] = ["get", "put", "post", "patch", "delete", "head", "options"];

/// The facts, once for each server of the document, since routes begin with the path of the
/// server's URL.
pub(super) fn facts(file: &str, text: &str) -> Result<Vec<Facts>, Failure> {
    let document = spec::parse(file, text).map_err(Failure::Refusal)?;
    let root = Node::root(file, &document);
    let servers = root.get("servers").and_then(|servers| servers.elements().ok());
    let servers = servers.unwrap_or_default();
    let mut bases: Vec<&str> = servers.iter().filter_map(|one| one.text_of("url")).collect();
    if bases.is_empty() {
        // In version 2 of OpenAPI, the document has the path of its only server.
        bases.push(root.text_of("basePath").unwrap_or_default());
    }
    Ok(bases.into_iter().map(|base| facts_at(base, &root)).collect())
}

fn facts_at(base: &str, root: &Node<'_>) -> Facts {
    let mut reader = Reader { root: root.clone(), facts: Facts::new(), open: Vec::new() };
    let base = base.split_once("://").map_or(base, |(_, rest)| rest);
    let base = base.find('/').map_or("", |at| base[at..].trim_end_matches('/'));
    for (route, path) in root.get("paths").into_iter().flat_map(|paths| paths.pairs()) {
        for (method, operation) in path.pairs() {
            if METHODS.contains(&method.as_str()) {
                let route = format!("{base}{route}");
                let name = format!("{} {}", method.to_uppercase(), unnamed(&route));
                reader.operation(name, &route, &path, &operation);
            }
        }
    }
    reader.facts
}

/// The route without the names of its parameters, which may differ.
fn unnamed(route: &str) -> String {
    let mut parts = route.split('{');
    let mut unnamed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        unnamed.push_str("{}");
        unnamed.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    unnamed
}

struct Reader<'a> {
    root: Node<'a>,
    facts: Facts,
    /// The schemas that enclose the current one.
    open: Vec<String>,
}

impl<'a> Reader<'a> {
    fn operation(&mut self, name: String, route: &str, path: &Node<'a>, operation: &Node<'a>) {
        self.facts.insert(vec![name.clone()], Fact::default());
        let listed = [path, operation].map(|node| node.get("parameters"));
        let parameters =
            listed.into_iter().flatten().filter_map(|list| list.elements().ok()).flatten();
        for parameter in parameters {
            let parameter = self.resolved(&parameter);
            let (Some(place), Some(wire)) = (parameter.text_of("in"), parameter.text_of("name"))
            else {
                continue;
            };
            let required = Some(parameter.is_true("required"));
            match place {
                // In version 2 of OpenAPI, the type is in the parameter itself, and the body is one
                // of the parameters.
                "query" | "header" => {
                    let schema = parameter.get("schema").unwrap_or_else(|| parameter.clone());
                    self.schema(vec![name.clone(), format!("{place} {wire}")], &schema, required);
                }
                // Identified by its position in the route, since the name may differ.
                "path" => {
                    let names = route.split('{').skip(1).filter_map(|part| part.split('}').next());
                    if let Some(at) = names.into_iter().position(|name| name == wire) {
                        let schema = parameter.get("schema").unwrap_or_else(|| parameter.clone());
                        let place = format!("path parameter {}", at + 1);
                        self.schema(vec![name.clone(), place], &schema, None);
                    }
                }
                "body" => {
                    if let Some(schema) = parameter.get("schema") {
                        self.schema(vec![name.clone(), "body".to_owned()], &schema, None);
                    }
                }
                _ => {}
            }
        }
        if let Some(body) = operation.get("requestBody") {
            self.content(vec![name.clone(), "body".to_owned()], &self.resolved(&body));
        }
        let responses = operation.get("responses").into_iter().flat_map(|one| one.pairs());
        for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
            let response = self.resolved(&response);
            self.content(vec![name.clone(), "response".to_owned()], &response);
            if let Some(schema) = response.get("schema") {
                self.schema(vec![name.clone(), "response".to_owned()], &schema, None);
            }
        }
    }

    /// The schema of JSON content, and the media types of other content.
    fn content(&mut self, place: Vec<String>, node: &Node<'a>) {
        for (media_type, value) in node.get("content").into_iter().flat_map(|one| one.pairs()) {
            if media_type.contains("json") {
                if let Some(schema) = value.get("schema") {
                    self.schema(place.clone(), &schema, None);
                }
            } else {
                let place = [&place[..], &[format!("as {media_type}")]].concat();
                self.facts.insert(place, Fact::default());
            }
        }
    }

    fn resolved(&self, node: &Node<'a>) -> Node<'a> {
        let mut node = node.clone();
        // Stops at a reference chain that does not end.
        for _ in 0..16 {
            let Some(target) = node.text_of("$ref").and_then(|text| text.strip_prefix("#/")) else {
                break;
            };
            let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
            let mut parts = target.split('/').map(unescape);
            match parts.try_fold(self.root.clone(), |node, part| node.get(&part)) {
                Some(found) => node = found,
                None => break,
            }
        }
        node
    }

    /// Records the type at a place, and everything in it.
    fn schema(&mut self, place: Vec<String>, schema: &Node<'a>, required: Option<bool>) {
        let mut fact = Fact { required, ..Fact::default() };
        let mut members = Vec::new();
        self.members(schema, &mut members, 0);
        let find = |key: &str| members.iter().find_map(|one| one.get(key));
        let kind = find("type").map(|kind| match kind.elements() {
            Ok(kinds) => kinds
                .iter()
                .filter_map(|one| one.text().ok())
                .filter(|one| *one != "null")
                .collect::<Vec<_>>()
                .join(" or "),
            Err(_) => kind.text().unwrap_or_default().to_owned(),
        });
        let has = |key: &str| find(key).is_some();
        let kind = kind.unwrap_or_else(|| if has("properties") { "object" } else { "" }.to_owned());
        let format = members.iter().find_map(|one| one.text_of("format")).unwrap_or_default();
        fact.kind = match (kind.as_str(), format) {
            ("string", "date-time" | "date" | "byte") => format!("string of format {format}"),
            ("integer", "int32" | "uint32") => "32-bit integer".to_owned(),
            ("integer", "int64" | "uint64") => "64-bit integer".to_owned(),
            _ => kind,
        };
        for list in members.iter().filter_map(|one| one.get("enum")) {
            fact.values.extend(list.elements().into_iter().flatten().map(|one| one.scalar()));
        }
        for one in members.iter().filter_map(|one| one.get("oneOf")?.elements().ok()).flatten() {
            fact.values.extend(one.get("const").map(|value| value.scalar()));
        }
        let paths: Vec<String> = members.iter().map(|one| one.path().to_owned()).collect();
        let recursive = paths.iter().any(|path| self.open.contains(path));
        fact.opaque = fact.kind.is_empty() || has("x-rust-type") || recursive;
        let in_body = place.get(1).is_some_and(|part| part == "body");
        let optional: Vec<String> = members
            .iter()
            .filter_map(|one| one.get("required")?.elements().ok())
            .flatten()
            .map(|one| one.scalar())
            .collect();
        let opaque = fact.opaque;
        self.facts.insert(place.clone(), fact);
        if opaque {
            return;
        }
        let depth = self.open.len();
        self.open.extend(paths);
        let below = |part: String| [&place[..], &[part]].concat();
        for (wire, property) in
            members.iter().filter_map(|one| one.get("properties")).flat_map(|one| one.pairs())
        {
            let required = in_body.then(|| optional.contains(&wire));
            self.schema(below(wire), &property, required);
        }
        if let Some(items) = find("items") {
            self.schema(below("[]".to_owned()), &items, None);
        }
        if let Some(values) = find("additionalProperties").filter(|one| one.boolean().is_err()) {
            self.schema(below("{}".to_owned()), &values, None);
        }
        self.open.truncate(depth);
    }

    /// A schema and its `allOf` parts.
    fn members(&self, schema: &Node<'a>, members: &mut Vec<Node<'a>>, depth: usize) {
        if depth > 16 {
            return;
        }
        let schema = self.resolved(schema);
        for part in
            schema.get("allOf").and_then(|parts| parts.elements().ok()).into_iter().flatten()
        {
            self.members(&part, members, depth + 1);
        }
        // A choice between one type and null is that type.
        for key in ["oneOf", "anyOf"] {
            let parts = schema.get(key).and_then(|parts| parts.elements().ok()).unwrap_or_default();
            let mut parts = parts.iter().filter(|one| one.text_of("type") != Some("null"));
            if let (Some(part), None) = (parts.next(), parts.next())
                && part.get("const").is_none()
            {
                self.members(part, members, depth + 1);
            }
        }
        members.push(schema);
    }
}
