//! Schemas: inline types, objects, enums and hand-written types.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use super::is_alias;
use crate::{
    crate_root::CrateRoot,
    model::{Enum, Field, Form, Kind, Model, Place, ResponseType, Variant, Version},
    names,
    spec::{Node, Refusal, Result, each},
};

/// The attributes of a property, a parameter and a value.
pub(super) const DESCRIBED: &[&str] = &["description", "deprecated", "x-deprecated", "x-rust-name"];

/// The schemas under `components`, in order.
pub(super) struct Schemas<'a> {
    named: Vec<Named<'a>>,
    /// The shared parameters, each with whether an operation uses it.
    parameters: Vec<(&'a str, Node<'a>, Cell<bool>)>,
    crate_root: &'a CrateRoot,
}

struct Named<'a> {
    /// The name in the spec.
    wire: &'a str,
    /// The name in Rust; for a hand-written type, that of the schema.
    name: String,
    node: Node<'a>,
    kind: Kind,
    /// The hand-written adapter of a hand-written type.
    adapter: Option<String>,
    /// Whether `kind` is a guess because the schema is not supported.
    is_guess: bool,
}

impl Named<'_> {
    /// The name in the spec, if it differs from that in Rust.
    fn alias(&self) -> Option<String> {
        (self.wire != self.name && is_alias(self.wire)).then(|| self.wire.to_owned())
    }
}

/// The likely kind of an unsupported schema, so that its uses are not rejected, too.
fn guess(node: &Node<'_>, name: &str) -> Kind {
    let name = name.to_owned();
    let is_text = node.get("type").is_some_and(|kind| kind.text().is_ok_and(|it| it == "string"));
    match (node.get("x-rust-type").is_some(), is_text) {
        (true, true) => Kind::Hand { name, form: Form::Text },
        (true, false) => Kind::Hand { name, form: Form::Object },
        (false, true) => Kind::Enum(name),
        (false, false) => Kind::Model { name, boxed: false },
    }
}

/// The contents of an inline schema.
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) notes: Vec<String>,
}

impl<'a> Schemas<'a> {
    /// Determines the kind of type of each schema, and records its mistakes.
    pub(super) fn read(root: &Node<'a>, crate_root: &'a CrateRoot, wrong: &mut Refusal) -> Self {
        let mut schemas = Self { named: Vec::new(), parameters: Vec::new(), crate_root };
        let entries = |key| match root.get("components").and_then(|one| one.get(key)) {
            Some(section) => section.entries(),
            None => Ok(Vec::new()),
        };
        let components = root.get("components");
        wrong.note(components.map_or(Ok(()), |node| node.keys(&["schemas", "parameters"])));
        let parameters = wrong.note(entries("parameters")).unwrap_or_default();
        schemas.parameters =
            parameters.into_iter().map(|(name, node)| (name, node, Cell::new(false))).collect();
        for (wire, node) in wrong.note(entries("schemas")).unwrap_or_default() {
            let name = names::pascal(wire);
            let read = wrong.note(schemas.kind(&node, &name));
            let is_guess = read.is_none();
            let kind = read.unwrap_or_else(|| guess(&node, &name));
            if let Some(other) = schemas.named.iter().find(|other| other.name == name) {
                let reason = format!("`{}` and `{wire}` are both `{name}` in Rust", other.wire);
                wrong.note::<()>(Err(node.refuse(format!("{reason}: rename one"))));
            }
            let adapter = match (&kind, node.get("x-rust-adapter")) {
                (Kind::Hand { .. }, Some(adapter)) => wrong.note(schemas.root_type(&adapter)),
                _ => None,
            };
            schemas.named.push(Named { wire, name, node, kind, adapter, is_guess });
        }
        schemas
    }

    fn kind(&self, node: &Node<'a>, name: &str) -> Result<Kind> {
        names::check_type(name)
            .map_err(|problem| node.refuse(format!("{problem}: rename the schema")))?;
        match (node.get("x-rust-type"), named_type(node)?) {
            (Some(hand), "object") => self.hand_written(node, &hand, Form::Object),
            (Some(hand), "string") => self.hand_written(node, &hand, Form::Text),
            (Some(hand), "string or integer") => self.hand_written(node, &hand, Form::Either),
            (None, "object") => Ok(Kind::Model { name: name.to_owned(), boxed: false }),
            (None, "string") => Ok(Kind::Enum(name.to_owned())),
            _ => Err(node.refuse(
                "a schema must be an object, or a string with its values: put any other type where it is used",
            )),
        }
    }

    fn hand_written(&self, node: &Node<'_>, hand: &Node<'_>, form: Form) -> Result<Kind> {
        node.keys(match form {
            Form::Object => &["type", "description", "x-rust-type", "x-rust-adapter"],
            Form::Text | Form::Either => &["type", "description", "x-rust-type"],
        })?;
        node.prose("description")?;
        Ok(Kind::Hand { name: self.root_type(hand)?, form })
    }

    /// The name of a type at the root of the vendor's crate.
    pub(super) fn root_type(&self, node: &Node<'_>) -> Result<String> {
        let name = node.text()?.strip_prefix("crate::");
        let name = name.filter(|name| names::check_type(name).is_ok()).ok_or_else(|| {
            node.refuse("expected a type at the crate root, such as `crate::Money`")
        })?;
        self.crate_root.check_type(name).map_err(|problem| {
            node.refuse(format!("{problem}; add it there, or correct the name"))
        })?;
        Ok(name.to_owned())
    }

    /// The method of the vendor's client that fills a parameter.
    pub(super) fn client_default(&self, node: &Node<'_>) -> Result<String> {
        let name = node.text()?;
        names::check_snake(name)
            .and_then(|()| self.crate_root.check_client(name))
            .map_err(|problem| node.refuse(problem))?;
        Ok(name.to_owned())
    }

    /// The parameter itself, or the shared one that it references.
    pub(super) fn parameter(&self, node: &Node<'a>) -> Result<Node<'a>> {
        let Some(reference) = node.get("$ref") else {
            return Ok(node.clone());
        };
        node.keys(&["$ref"])?;
        let text = reference.text()?;
        let name = text.strip_prefix("#/components/parameters/").unwrap_or_default();
        let Some((_, shared, used)) = self.parameters.iter().find(|(other, ..)| *other == name)
        else {
            let hint = names::near(name, self.parameters.iter().map(|(other, ..)| *other));
            return Err(reference.refuse(format!(
                "`{text}` does not exist: reference one under `components.parameters`{hint}"
            )));
        };
        used.set(true);
        Ok(shared.clone())
    }

    /// The names of optional properties of an object: strings and enums.
    pub(super) fn optional_texts(&self, kind: &Kind, names: &[Node<'a>]) -> Result<Vec<String>> {
        let object = self.named.iter().find(|named| named.kind == *kind);
        let properties = object.and_then(|named| named.node.get("properties"));
        each(names, |name| {
            let wire = name.text()?;
            let property = properties.as_ref().and_then(|properties| properties.get(wire));
            let field = property.map(|property| self.field(wire, &property, None)).transpose()?;
            match field {
                Some(Field { kind: Kind::Text | Kind::Enum(_), nullable: true, clearable: false, .. }) => {
                    Ok(wire.to_owned())
                }
                _ => Err(name.refuse(format!(
                    "expected a property of the object that is a string, an enum or nullable; `{wire}` is not"
                ))),
            }
        })
    }

    fn in_order(&self) -> impl Iterator<Item = (&Named<'a>, &Node<'a>, &Kind)> {
        let known = self.named.iter().filter(|one| !one.is_guess);
        known.map(|one| (one, &one.node, &one.kind))
    }

    fn reference(&self, node: &Node<'a>) -> Result<Kind> {
        let text = node.text()?;
        let wire = text.strip_prefix("#/components/schemas/");
        let Some(named) = self.named.iter().find(|named| Some(named.wire) == wire) else {
            let hint = names::near(wire.unwrap_or_default(), self.named.iter().map(|one| one.wire));
            return Err(node.refuse(format!(
                "`{text}` does not exist: reference a schema under `components`{hint}"
            )));
        };
        Ok(named.kind.clone())
    }

    /// The type of a parameter, a property or a response. `also` lists further keywords that are
    /// allowed there.
    pub(super) fn shape(&self, node: &Node<'a>, also: &[&str]) -> Result<Shape> {
        let keys = |own: &[&str]| node.keys(&[own, also].concat());
        if let Some(reference) = node.get("$ref") {
            keys(&["$ref"])?;
            let kind = self.reference(&reference)?;
            return Ok(Shape { kind, nullable: false, notes: Vec::new() });
        }
        if let Some(choice) = node.get("oneOf") {
            keys(&["oneOf"])?;
            let choices = choice.elements()?;
            let [value, null] = choices.as_slice() else {
                return Err(choice.refuse("only a `$ref` or null is supported"));
            };
            value.keys(&["$ref"])?;
            null.keys(&["type"])?;
            if null.need_text("type")? != "null" {
                return Err(null.refuse("expected `type: \"null\"`"));
            }
            let kind = self.reference(&value.need("$ref")?)?;
            return Ok(Shape { kind, nullable: true, notes: Vec::new() });
        }
        if let Some(key) = ["allOf", "anyOf"].into_iter().find(|key| node.get(key).is_some()) {
            return Err(node.refuse(format!(
                "`{key}` is not supported: write the properties out in one schema, and reference it"
            )));
        }
        let (kind, nullable) = type_of(node)?;
        let format = match node.get("format") {
            Some(format) => Some(format.text()?),
            None => None,
        };
        let unknown_format = |known: &[&str]| match format {
            Some(format) => {
                let hint = names::near(format, known.iter().copied());
                let due = names::alternatives(known.iter().copied());
                node.refuse(format!("the format `{format}` is not supported here{hint}; use {due}"))
            }
            None => {
                let due = names::alternatives(known.iter().copied());
                node.refuse(format!("`format` is missing: use {due}"))
            }
        };
        let mut notes = Vec::new();
        let kind = match kind {
            "string" => {
                keys(&["type", "format", "minLength", "maxLength"])?;
                notes.extend(range(node, "minLength", "maxLength", " characters")?);
                match format {
                    None => Kind::Text,
                    Some("uuid") => {
                        notes.push("A UUID.".to_owned());
                        Kind::Text
                    }
                    Some("byte") => Kind::Bytes,
                    Some("date-time") => Kind::Instant,
                    Some("date") => Kind::Day,
                    Some("billing-month") => Kind::Month,
                    Some(_) => {
                        let known = ["uuid", "byte", "date-time", "date", "billing-month"];
                        return Err(unknown_format(&known));
                    }
                }
            }
            "string or integer" => {
                keys(&["type"])?;
                Kind::Code
            }
            "boolean" => {
                keys(&["type", "default"])?;
                if let Some(default) = node.get("default") {
                    notes.push(format!("The service's default is `{}`.", default.boolean()?));
                }
                Kind::Boolean
            }
            "integer" => {
                keys(&["type", "format", "minimum", "maximum", "default"])?;
                notes.extend(range(node, "minimum", "maximum", "")?);
                if let Some(default) = node.get("default") {
                    notes.push(format!("The service's default is {}.", default.integer()?));
                }
                Kind::Integer(match format {
                    Some("int32") => "i32",
                    Some("int64") => "i64",
                    Some("uint32") => "u32",
                    Some("uint64") => "u64",
                    _ => return Err(unknown_format(&["int32", "int64", "uint32", "uint64"])),
                })
            }
            "number" => {
                keys(&["type", "format"])?;
                if format != Some("decimal") {
                    return Err(
                        node.refuse("amounts must be exact: write `format: decimal` for a number")
                    );
                }
                Kind::Decimal
            }
            "array" => {
                keys(&["type", "items"])?;
                if nullable {
                    return Err(node.refuse("a null list is decoded as empty: remove \"null\""));
                }
                let items = node.need("items")?;
                let element = self.shape(&items, &[])?;
                if element.nullable {
                    return Err(items.refuse("lists of nulls are not supported: remove \"null\""));
                }
                notes = element.notes.iter().map(|note| of_each("element", note)).collect();
                Kind::List(Box::new(element.kind))
            }
            "object" if node.get("additionalProperties").is_some() => {
                keys(&["type", "additionalProperties"])?;
                if nullable {
                    return Err(node.refuse("a null map is decoded as empty: remove \"null\""));
                }
                let values = node.need("additionalProperties")?;
                if values.boolean().is_ok_and(|anything| anything) {
                    let note = "Its numbers that are not integers are `f64`, which is not exact.";
                    let notes = vec![note.to_owned()];
                    return Ok(Shape { kind: Kind::Free, nullable: false, notes });
                }
                let value = self.shape(&values, &[])?;
                if value.nullable {
                    return Err(values.refuse("maps of nulls are not supported: remove \"null\""));
                }
                notes = value.notes.iter().map(|note| of_each("value", note)).collect();
                Kind::Map(Box::new(value.kind))
            }
            "object" => {
                return Err(node.refuse(
                    "an object needs a name: put it under `components.schemas` and reference it",
                ));
            }
            other => {
                let known = ["string", "boolean", "integer", "number", "array", "object"];
                let hint = names::near(other, known);
                return Err(node.refuse(format!("the type `{other}` is not supported{hint}")));
            }
        };
        Ok(Shape { kind, nullable, notes })
    }

    pub(super) fn models(&self) -> Result<Vec<Model>> {
        let models = self.in_order().filter(|(_, _, kind)| matches!(kind, Kind::Model { .. }));
        each(models, |(named, node, _)| {
            let mut wrong = Refusal::default();
            let known = ["type", "description", "required", "properties", "x-standalone"];
            wrong.note(node.keys(&known));
            let docs = wrong.note(node.prose("description")).unwrap_or_default();
            let mut fields: Vec<Field> = Vec::new();
            let properties = node.need("properties").and_then(|properties| properties.entries());
            let properties = wrong.note(properties).unwrap_or_default();
            let required = wrong.note(required(node, &properties)).unwrap_or_default();
            for (wire, property) in &properties {
                let required = required.get(wire);
                let field = self.field(wire, property, required).and_then(|field| {
                    check_field(property, &field, fields.iter())?;
                    Ok(field)
                });
                fields.extend(wrong.note(field));
            }
            wrong.check()?;
            if fields.is_empty() {
                return Err(node.refuse("an object needs properties: add some"));
            }
            let name = named.name.clone();
            let alias = named.alias();
            Ok(Model { name, alias, docs, fields, pages: None, sent: false, received: false })
        })
    }

    /// `required` means that the object always has the property.
    fn field(&self, wire: &str, property: &Node<'a>, required: Option<&Node<'a>>) -> Result<Field> {
        let also = ["x-aliases", "x-clearable", "x-rust-adapter", "readOnly"];
        let also = [&also, DESCRIBED].concat();
        let mut wrong = Refusal::default();
        let docs = wrong.note(property.prose("description")).unwrap_or_default();
        let deprecated = wrong.note(property.deprecated()).unwrap_or_default();
        let aliases = wrong.note(aliases(property)).unwrap_or_default();
        let clearable = wrong.note(property.flag("x-clearable")).unwrap_or_default();
        let read_only = wrong.note(property.flag("readOnly")).unwrap_or_default();
        let Some(shape) = wrong.note(self.shape(property, &also)) else { return Err(wrong) };
        let date = matches!(shape.kind, Kind::Instant | Kind::Day | Kind::Month);
        if date && !shape.nullable {
            wrong.note::<()>(Err(property
                .refuse("a missing date has no default value: write `type: [string, \"null\"]`")));
        }
        let number = matches!(shape.kind, Kind::Integer(_) | Kind::Decimal);
        let object = matches!(shape.kind, Kind::Model { .. });
        if let Some(required) = required
            && (!(number || object) || shape.nullable)
        {
            wrong.note::<()>(Err(required.refuse(
                "only a number or an object that is never null can be required: any other missing value is empty or `None`",
            )));
        }
        if clearable && !shape.nullable {
            let reason = "`x-clearable` sends null, so its type must include \"null\"";
            let clearable = property.need("x-clearable");
            wrong.note::<()>(clearable.and_then(|clearable| Err(clearable.refuse(reason))));
        }
        let adapter = wrong.note(self.adapter(property, &shape.kind)).unwrap_or_default();
        let named = wrong.note(Field::named(property, wire, shape.kind));
        wrong.check()?;
        Ok(Field {
            docs,
            deprecated,
            nullable: shape.nullable || (number && required.is_none()),
            required: object && required.is_some(),
            clearable,
            read_only,
            aliases,
            adapter,
            notes: shape.notes,
            ..named.ok_or_else(Refusal::default)?
        })
    }

    /// The adapter of a property: its own, if it is a list, or that of its hand-written type.
    fn adapter(&self, node: &Node<'_>, kind: &Kind) -> Result<Option<String>> {
        let Some(adapter) = node.get("x-rust-adapter") else {
            let element = match kind {
                Kind::List(element) => element,
                kind => kind,
            };
            let named = self.named.iter().find(|named| named.kind == *element);
            return Ok(named.and_then(|named| named.adapter.clone()));
        };
        match kind {
            Kind::List(element) if matches!(**element, Kind::Model { .. }) => {
                self.root_type(&adapter).map(Some)
            }
            _ => Err(adapter.refuse("only the objects of a list have an adapter: remove it")),
        }
    }

    /// Boxes the fields through which a type would contain itself.
    pub(super) fn without_cycles(&self, mut models: Vec<Model>) -> Result<Vec<Model>> {
        let held = |field: &Field| match &field.kind {
            Kind::Model { name, .. } => Some(name.clone()),
            _ => None,
        };
        let edges: BTreeMap<String, Vec<String>> = models
            .iter()
            .map(|model| (model.name.clone(), model.fields.iter().filter_map(held).collect()))
            .collect();
        for model in &mut models {
            for field in &mut model.fields {
                let Some(target) = held(field) else { continue };
                let mut seen = BTreeSet::from([target.clone()]);
                let mut open = vec![target];
                while let Some(next) = open.pop() {
                    let fresh = edges.get(&next).into_iter().flatten();
                    open.extend(fresh.filter(|name| seen.insert((*name).clone())).cloned());
                }
                if !seen.contains(&model.name) {
                    continue;
                }
                if !field.nullable {
                    let named = self.named.iter().find(|named| named.name == model.name);
                    let node = named.and_then(|one| one.node.get("properties")?.get(&field.wire));
                    let Some(node) = node else { continue };
                    return Err(node.refuse(format!(
                        "`{}` would contain itself infinitely: make it nullable, with `oneOf` \
                         and `type: \"null\"`",
                        model.name
                    )));
                }
                if let Kind::Model { boxed, .. } = &mut field.kind {
                    *boxed = true;
                }
            }
        }
        Ok(models)
    }

    pub(super) fn enums(&self) -> Result<Vec<Enum>> {
        let enums = self.in_order().filter(|(_, _, kind)| matches!(kind, Kind::Enum(_)));
        each(enums, |(named, node, _)| {
            if let Some(values) = node.get("enum") {
                return Err(values.refuse(
                    "each value needs a description: write `oneOf`, a list of `const` and \
                     `description`",
                ));
            }
            node.keys(&["type", "description", "oneOf"])?;
            let mut variants: Vec<Variant> = Vec::new();
            let mut wrong = Refusal::default();
            for value in node.need("oneOf")?.elements()? {
                let variant = read_variant(&value).and_then(|variant| {
                    let same =
                        |other: &&Variant| other.wire == variant.wire || other.name == variant.name;
                    match variants.iter().find(same) {
                        None => Ok(variant),
                        Some(other) if other.wire == variant.wire => Err(value.refuse(format!(
                            "the value `{}` occurs twice: remove one",
                            variant.wire
                        ))),
                        Some(other) => Err(value.refuse(format!(
                            "`{}` and `{}` are both `{}` in Rust: give one an `x-rust-name`",
                            other.wire, variant.wire, variant.name
                        ))),
                    }
                });
                variants.extend(wrong.note(variant));
            }
            let docs = wrong.note(node.prose("description")).unwrap_or_default();
            wrong.check()?;
            Ok(Enum { name: named.name.clone(), alias: named.alias(), docs, variants })
        })
    }

    /// Rejects schemas that neither an operation nor a standalone schema uses, and records the
    /// hand-written types.
    pub(super) fn check_use(&self, version: &mut Version) -> Result<()> {
        if let Some((_, node, _)) = self.parameters.iter().find(|(.., used)| !used.get()) {
            return Err(node.refuse("no operation uses this parameter: remove it"));
        }
        let mut used = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for operation in version.operations() {
            match &operation.response_type {
                ResponseType::Object(name)
                | ResponseType::File(name, _)
                | ResponseType::List(name) => {
                    open.push(name.clone());
                }
                ResponseType::Download(_) | ResponseType::Nothing => {}
            }
            let kinds = operation.parameters.iter().map(|parameter| &parameter.field.kind);
            open.extend(kinds.filter_map(Kind::named));
        }
        reach(version, open, &mut used);
        let mut sent = BTreeSet::new();
        let documents = version.operations().flat_map(|operation| &operation.parameters);
        let documents = documents.filter(|one| matches!(one.place, Place::Document(_)));
        let documents = documents.filter_map(|one| one.field.kind.named()).collect();
        reach(version, documents, &mut sent);
        let mut received = BTreeSet::new();
        let responses =
            version.operations().filter_map(|operation| match &operation.response_type {
                ResponseType::Object(name)
                | ResponseType::File(name, _)
                | ResponseType::List(name) => Some(name.clone()),
                ResponseType::Download(_) | ResponseType::Nothing => None,
            });
        reach(version, responses.collect(), &mut received);
        for (named, node, _) in self.in_order() {
            if !node.flag("x-standalone")? {
                continue;
            }
            if used.contains(&named.name) {
                return Err(node.refuse("this schema is in use: remove `x-standalone`"));
            }
            reach(version, vec![named.name.clone()], &mut used);
            reach(version, vec![named.name.clone()], &mut received);
        }
        for model in &mut version.models {
            model.sent = sent.contains(&model.name);
            model.received = received.contains(&model.name);
            let clearable = model.fields.iter().find(|field| field.clearable);
            if let Some(field) = clearable.filter(|_| !model.sent || model.received)
                && let Some(named) = self.named.iter().find(|named| named.name == model.name)
            {
                let properties = named.node.need("properties")?;
                return Err(properties.need(&field.wire)?.need("x-clearable")?.refuse(
                    "`x-clearable` is only for objects that are sent and never received: remove it",
                ));
            }
            let read_only = model.fields.iter().find(|field| field.read_only);
            if let Some(field) = read_only.filter(|_| !model.sent || !model.received)
                && let Some(named) = self.named.iter().find(|named| named.name == model.name)
            {
                let properties = named.node.need("properties")?;
                return Err(properties.need(&field.wire)?.need("readOnly")?.refuse(
                    "`readOnly` is only for objects that are both sent and received: remove it",
                ));
            }
            for field in &mut model.fields {
                let note = match field.kind {
                    Kind::Integer(_) => {
                        "`None` if the response has no number for it, or one that does not fit."
                    }
                    Kind::Decimal => "`None` if the response has no value for it.",
                    Kind::Instant if version.loose_dates => {
                        "`None` if the response has no date for it, or one that cannot be parsed."
                    }
                    _ => continue,
                };
                if model.received && field.nullable {
                    field.notes.push(note.to_owned());
                }
            }
        }
        each(self.in_order(), |(_, node, kind)| {
            if kind.named().is_none_or(|name| !used.contains(&name)) {
                return Err(node.refuse(
                    "no operation uses this schema: remove it, or add `x-standalone: true`",
                ));
            }
            if let Kind::Hand { name, .. } = kind {
                version.hand.push(name.clone());
            }
            Ok(())
        })?;
        let fields = version.models.iter().flat_map(|model| &model.fields);
        let adapters = fields.filter_map(|field| field.adapter.clone());
        let around = version.operations().flat_map(|operation| {
            let download = operation.download.as_ref().map(|download| download.format.clone());
            let outcome = operation.outcome.as_ref().map(|outcome| outcome.name.clone());
            [download, outcome].into_iter().flatten()
        });
        let others: BTreeSet<String> = adapters.chain(around).collect();
        version.hand.extend(others);
        Ok(())
    }
}

/// Adds the schemas that these schemas use, transitively.
fn reach(version: &Version, mut open: Vec<String>, used: &mut BTreeSet<String>) {
    while let Some(name) = open.pop() {
        if used.insert(name.clone())
            && let Some(model) = version.models.iter().find(|model| model.name == name)
        {
            open.extend(model.fields.iter().filter_map(|field| field.kind.named()));
        }
    }
}

impl Kind {
    /// The name of the type, or of the list's element type.
    fn named(&self) -> Option<String> {
        match self {
            Self::Enum(name) | Self::Model { name, .. } | Self::Hand { name, .. } => {
                Some(name.clone())
            }
            Self::List(element) | Self::Map(element) => element.named(),
            _ => None,
        }
    }
}

/// The type of a schema under `components`; only a hand-written one may have two.
fn named_type<'a>(node: &Node<'a>) -> Result<&'a str> {
    let kind = node.need("type")?;
    if !kind.is_list() {
        return kind.text();
    }
    let names = kind.elements()?;
    match names.as_slice() {
        [one, other]
            if node.get("x-rust-type").is_some()
                && one.text()? == "string"
                && other.text()? == "integer" =>
        {
            Ok("string or integer")
        }
        _ => Err(kind.refuse("expected one type, or `[string, integer]` with `x-rust-type`")),
    }
}

/// The `required` keyword of an object, by property.
pub(super) fn required<'a>(
    node: &Node<'a>,
    properties: &[(&'a str, Node<'a>)],
) -> Result<BTreeMap<&'a str, Node<'a>>> {
    let mut required = BTreeMap::new();
    each(node.list("required")?, |name| {
        let wire = name.text()?;
        let mut known = properties.iter().map(|(wire, _)| *wire);
        if !known.clone().any(|known| known == wire) {
            let hint = names::near(wire, known.by_ref());
            let reason = format!("there is no property `{wire}`: add or correct it{hint}");
            return Err(name.refuse(reason));
        }
        match required.insert(wire, name.clone()) {
            None => Ok(()),
            Some(_) => Err(name.refuse(format!("`{wire}` occurs twice: remove one"))),
        }
    })?;
    Ok(required)
}

/// Other wire names of a property.
fn aliases(node: &Node<'_>) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    each(node.list("x-aliases")?, |alias| match alias.text()? {
        text if !text.is_empty() && seen.insert(text) => Ok(text.to_owned()),
        _ => Err(alias.refuse("expected another name, each only once")),
    })
}

/// The type, and whether it may be null.
fn type_of<'a>(node: &Node<'a>) -> Result<(&'a str, bool)> {
    let kind = node.need("type")?;
    if !kind.is_list() {
        return Ok((kind.text()?, false));
    }
    let names = kind.elements()?;
    let texts: Vec<&str> = names.iter().map(Node::text).collect::<Result<_>>()?;
    match texts.as_slice() {
        ["string", "integer"] => Ok(("string or integer", false)),
        ["string", "integer", "null"] => Ok(("string or integer", true)),
        [one, "null"] if *one != "null" => Ok((one, true)),
        _ => Err(kind.refuse(
            "expected one type, or a list of one type and \"null\"; only \"string\" and \"integer\" can be combined",
        )),
    }
}

/// The lower and upper bound that two keywords give.
fn range(node: &Node<'_>, least: &str, most: &str, what: &str) -> Result<Option<String>> {
    let number = |key| node.get(key).map(|number| number.integer()).transpose();
    Ok(match (number(least)?, number(most)?) {
        (Some(low), Some(high)) if low > high => {
            let reason = format!("`{least}` is above `{most}`: correct one of them");
            return Err(node.refuse(reason));
        }
        (Some(low), Some(high)) => {
            Some(format!("From {low} to {high}{what}, which the service checks."))
        }
        (Some(low), None) => Some(format!("At least {low}{what}, which the service checks.")),
        (None, Some(high)) => Some(format!("At most {high}{what}, which the service checks.")),
        (None, None) => None,
    })
}

fn read_variant(node: &Node<'_>) -> Result<Variant> {
    node.keys(&[&["const"], DESCRIBED].concat())?;
    let wire = node.need_text("const")?;
    let (name, origin) = match node.get("x-rust-name") {
        Some(own) => (own.text()?.to_owned(), own),
        None => (names::pascal(wire), node.clone()),
    };
    let problem = match names::check_pascal(&name) {
        Err(problem) => Some(problem),
        Ok(()) if name == "Unknown" => Some("`Unknown` is reserved for unlisted values".to_owned()),
        Ok(()) if name == "Self" => Some("`Self` cannot be a name in Rust".to_owned()),
        Ok(()) => None,
    };
    if let Some(problem) = problem {
        return Err(origin.refuse(format!("{problem}: give `{wire}` another `x-rust-name`")));
    }
    let docs = node.prose("description")?;
    Ok(Variant { wire: wire.to_owned(), name, docs, deprecated: node.deprecated()? })
}

impl Field {
    /// The name of the generated or hand-written type of the list's elements.
    pub(super) fn item(&self) -> Option<&str> {
        match &self.kind {
            Kind::List(element) => match &**element {
                Kind::Model { name, .. } | Kind::Hand { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn named(node: &Node<'_>, wire: &str, kind: Kind) -> Result<Self> {
        let own = node.get("x-rust-name");
        let name = match &own {
            Some(own) => own.text()?.to_owned(),
            None => names::snake(wire),
        };
        names::check_snake(&name).map_err(|problem| match own {
            Some(own) => own.refuse(problem),
            None => node.refuse(format!("{problem}: name it with `x-rust-name`")),
        })?;
        Ok(Self {
            wire: wire.to_owned(),
            name,
            docs: String::new(),
            kind,
            nullable: false,
            required: false,
            clearable: false,
            read_only: false,
            deprecated: None,
            aliases: Vec::new(),
            adapter: None,
            notes: Vec::new(),
        })
    }
}

/// Rejects a name that is already in use.
pub(super) fn check_field<'a>(
    node: &Node<'_>,
    field: &Field,
    mut others: impl Iterator<Item = &'a Field>,
) -> Result<()> {
    let wires = |field: &Field| -> Vec<String> {
        std::iter::once(&field.wire).chain(&field.aliases).cloned().collect()
    };
    let own = wires(field);
    if let Some(twice) = field.aliases.iter().find(|alias| **alias == field.wire) {
        return Err(node.refuse(format!("`{twice}` occurs twice: remove one")));
    }
    let same = |other: &Field| wires(other).into_iter().find(|wire| own.contains(wire));
    match others.find(|other| other.name == field.name || same(other).is_some()) {
        Some(other) if same(other).is_some_and(|wire| wire != field.wire) => {
            let wire = same(other).unwrap_or_default();
            Err(node.refuse(format!("`{wire}` occurs twice: remove one")))
        }
        Some(other) if same(other).is_some() => {
            Err(node.refuse(format!("`{}` occurs twice: remove one", field.wire)))
        }
        Some(other) => Err(node.refuse(format!(
            "`{}` and `{}` are both `{}` in Rust: give one an `x-rust-name`",
            other.wire, field.wire, field.name
        ))),
        None => Ok(()),
    }
}

/// A note about the elements of a list or the values of a map: `Each element: a UUID.`
fn of_each(part: &str, note: &str) -> String {
    let mut rest = note.chars();
    let first: String = rest.next().map(|first| first.to_lowercase().collect()).unwrap_or_default();
    format!("Each {part}: {first}{}", rest.as_str())
}
