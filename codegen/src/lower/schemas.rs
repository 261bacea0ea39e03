//! Schemas: types in place, objects, enums and hand-written types.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{Answer, Enum, Field, Form, Kind, Model, Place, Variant, Version},
    names,
    spec::{Node, Result},
};

/// The schemas under `components`, by name.
pub(super) struct Schemas<'a> {
    nodes: BTreeMap<&'a str, Node<'a>>,
    kinds: BTreeMap<&'a str, Kind>,
    order: Vec<&'a str>,
}

/// What a schema in place says.
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) notes: Vec<String>,
}

impl<'a> Schemas<'a> {
    pub(super) fn read(root: &Node<'a>) -> Result<Self> {
        let mut schemas =
            Self { nodes: BTreeMap::new(), kinds: BTreeMap::new(), order: Vec::new() };
        let Some(components) = root.get("components") else {
            return Ok(schemas);
        };
        components.keys(&["schemas"])?;
        for (name, node) in components.need("schemas")?.entries()? {
            names::check_type(name)
                .map_err(|problem| node.refuse(format!("{problem}: rename the schema")))?;
            let kind = match (node.get("x-rust-type"), named_type(&node)?) {
                (Some(hand), "object") => hand_written(&node, &hand, Form::Object)?,
                (Some(hand), "string") => hand_written(&node, &hand, Form::Text)?,
                (Some(hand), "string or integer") => hand_written(&node, &hand, Form::Either)?,
                (None, "object") => Kind::Model { name: name.to_owned(), boxed: false },
                (None, "string") => Kind::Enum(name.to_owned()),
                _ => {
                    return Err(node.refuse(
                        "a schema is an object, or a string with its values: write any other type \
                         where it is used",
                    ));
                }
            };
            schemas.order.push(name);
            schemas.kinds.insert(name, kind);
            schemas.nodes.insert(name, node);
        }
        Ok(schemas)
    }

    fn in_order(&self) -> impl Iterator<Item = (&str, &Node<'a>, &Kind)> {
        self.order.iter().map(|name| (*name, &self.nodes[name], &self.kinds[name]))
    }

    fn reference(&self, node: &Node<'a>) -> Result<Kind> {
        let text = node.text()?;
        let name = text.strip_prefix("#/components/schemas/");
        name.and_then(|name| self.kinds.get(name)).cloned().ok_or_else(|| {
            node.refuse(format!("`{text}` leads nowhere: reference a schema under `components`"))
        })
    }

    /// What a parameter, a property or an answer is. `also` are keywords that belong to it there.
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
                return Err(choice.refuse("only a `$ref` or null is understood"));
            };
            value.keys(&["$ref"])?;
            null.keys(&["type"])?;
            if null.need("type")?.text()? != "null" {
                return Err(null.refuse("`type: \"null\"` is due here"));
            }
            let kind = self.reference(&value.need("$ref")?)?;
            return Ok(Shape { kind, nullable: true, notes: Vec::new() });
        }
        let (kind, nullable) = type_of(node)?;
        let format = match node.get("format") {
            Some(format) => Some(format.text()?),
            None => None,
        };
        let unknown_format = || match format {
            Some(format) => node.refuse(format!("the format `{format}` is not understood here")),
            None => node.refuse(format!("a `format` is missing: say which {kind} this is")),
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
                    Some("date-time") => Kind::Instant,
                    Some("date") => Kind::Day,
                    Some("billing-month") => Kind::Month,
                    Some(_) => return Err(unknown_format()),
                }
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
                    _ => return Err(unknown_format()),
                })
            }
            "number" => {
                keys(&["type", "format"])?;
                if format != Some("decimal") {
                    return Err(
                        node.refuse("amounts are exact here: say `format: decimal` for a number")
                    );
                }
                Kind::Decimal
            }
            "array" => {
                keys(&["type", "items"])?;
                if nullable {
                    return Err(node.refuse("a list that is null is empty: drop \"null\""));
                }
                let items = node.need("items")?;
                let element = self.shape(&items, &[])?;
                if element.nullable || matches!(element.kind, Kind::List(_) | Kind::Map(_)) {
                    return Err(items.refuse("lists of lists or of nulls are not understood"));
                }
                notes = element.notes.iter().map(|note| format!("Each: {note}")).collect();
                Kind::List(Box::new(element.kind))
            }
            "object" if node.get("additionalProperties").is_some() => {
                keys(&["type", "additionalProperties"])?;
                if nullable {
                    return Err(node.refuse("a map that is null is empty: drop \"null\""));
                }
                let values = node.need("additionalProperties")?;
                let value = self.shape(&values, &[])?;
                if value.nullable || matches!(value.kind, Kind::List(_) | Kind::Map(_)) {
                    return Err(values.refuse("maps to lists, maps or nulls are not understood"));
                }
                notes = value.notes.iter().map(|note| format!("Each: {note}")).collect();
                Kind::Map(Box::new(value.kind))
            }
            "object" => {
                return Err(node.refuse(
                    "an object needs a name: put it under `components.schemas` and reference it",
                ));
            }
            other => return Err(node.refuse(format!("the type `{other}` is not understood"))),
        };
        Ok(Shape { kind, nullable, notes })
    }

    pub(super) fn models(&self) -> Result<Vec<Model>> {
        let mut models = Vec::new();
        for (name, node, kind) in self.in_order() {
            if !matches!(kind, Kind::Model { .. }) {
                continue;
            }
            node.keys(&["type", "description", "properties", "x-standalone"])?;
            let mut fields: Vec<Field> = Vec::new();
            for (wire, property) in node.need("properties")?.entries()? {
                let also = ["description", "x-aliases", "x-rust-adapter", "x-rust-name"];
                let shape = self.shape(&property, &also)?;
                let date = matches!(shape.kind, Kind::Instant | Kind::Day | Kind::Month);
                if date && !shape.nullable {
                    return Err(property.refuse(
                        "a date that is missing has no value to stand for it: write `type: \
                         [string, \"null\"]`",
                    ));
                }
                let field = Field {
                    docs: property.need("description")?.prose()?,
                    nullable: shape.nullable,
                    aliases: aliases(&property)?,
                    adapter: adapter(&property, &shape.kind)?,
                    notes: shape.notes,
                    ..Field::named(&property, wire, shape.kind)?
                };
                check_field(&property, &field, fields.iter())?;
                fields.push(field);
            }
            if fields.is_empty() {
                return Err(node.refuse("an object without properties says nothing: add some"));
            }
            let docs = node.need("description")?.prose()?;
            models.push(Model { name: name.to_owned(), docs, fields, pages: None, sent: false });
        }
        Ok(models)
    }

    /// Boxes the fields through which a type would contain itself.
    pub(super) fn break_cycles(&self, models: &mut [Model]) -> Result<()> {
        let held = |field: &Field| match &field.kind {
            Kind::Model { name, .. } => Some(name.clone()),
            _ => None,
        };
        let edges: BTreeMap<String, Vec<String>> = models
            .iter()
            .map(|model| (model.name.clone(), model.fields.iter().filter_map(held).collect()))
            .collect();
        for model in models {
            for field in &mut model.fields {
                let Some(target) = held(field) else { continue };
                let mut seen = BTreeSet::from([target.clone()]);
                let mut open = vec![target];
                while let Some(next) = open.pop() {
                    let fresh = edges[&next].iter().filter(|name| seen.insert((*name).clone()));
                    open.extend(fresh.cloned());
                }
                if !seen.contains(&model.name) {
                    continue;
                }
                if !field.nullable {
                    let node = self.nodes[model.name.as_str()].need("properties")?;
                    return Err(node.need(&field.wire)?.refuse(format!(
                        "`{}` would contain itself without end: make it nullable, with `oneOf` \
                         and `type: \"null\"`",
                        model.name
                    )));
                }
                if let Kind::Model { boxed, .. } = &mut field.kind {
                    *boxed = true;
                }
            }
        }
        Ok(())
    }

    pub(super) fn enums(&self) -> Result<Vec<Enum>> {
        let mut enums = Vec::new();
        for (name, node, kind) in self.in_order() {
            if !matches!(kind, Kind::Enum(_)) {
                continue;
            }
            if let Some(values) = node.get("enum") {
                return Err(values.refuse(
                    "each value needs its meaning: write `oneOf`, a list of `const` and \
                     `description`",
                ));
            }
            node.keys(&["type", "description", "oneOf"])?;
            let mut variants: Vec<Variant> = Vec::new();
            for value in node.need("oneOf")?.elements()? {
                let variant = read_variant(&value)?;
                if let Some(other) = variants
                    .iter()
                    .find(|other| other.wire == variant.wire || other.name == variant.name)
                {
                    return Err(value.refuse(if other.wire == variant.wire {
                        format!("the value `{}` is there twice: remove one", variant.wire)
                    } else {
                        format!(
                            "`{}` and `{}` are both `{}` in Rust: give one an `x-rust-name`",
                            other.wire, variant.wire, variant.name
                        )
                    }));
                }
                variants.push(variant);
            }
            let docs = node.need("description")?.prose()?;
            enums.push(Enum { name: name.to_owned(), docs, variants });
        }
        Ok(enums)
    }

    /// Refuses schemas that neither an operation nor a standalone one reaches, and notes the
    /// hand-written types.
    pub(super) fn check_use(&self, version: &mut Version) -> Result<()> {
        let mut used = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for operation in version.operations() {
            match &operation.answer {
                Answer::Object(name) | Answer::File(name, _) => open.push(name.clone()),
                Answer::Nothing => {}
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
        for model in &mut version.models {
            model.sent = sent.contains(&model.name);
        }
        for (name, node, _) in self.in_order() {
            if !node.flag("x-standalone")? {
                continue;
            }
            if used.contains(name) {
                return Err(node.refuse("something uses this schema: drop `x-standalone`"));
            }
            reach(version, vec![name.to_owned()], &mut used);
        }
        for (_, node, kind) in self.in_order() {
            if kind.named().is_none_or(|name| !used.contains(&name)) {
                return Err(node.refuse(
                    "no operation uses this schema: remove it, or add `x-standalone: true`",
                ));
            }
            if let Kind::Hand { name, .. } = kind {
                version.hand.push(name.clone());
            }
        }
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

/// Adds what these schemas use, and what that uses.
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
    /// The name of the type that this is, or is a list of.
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

fn hand_written(node: &Node<'_>, hand: &Node<'_>, form: Form) -> Result<Kind> {
    node.keys(&["type", "description", "x-rust-type"])?;
    node.need("description")?.prose()?;
    Ok(Kind::Hand { name: root_type(hand)?, form })
}

/// The name of a type at the root of the vendor's crate.
pub(super) fn root_type(node: &Node<'_>) -> Result<String> {
    let name = node.text()?.strip_prefix("crate::").filter(|name| names::check_type(name).is_ok());
    name.map(str::to_owned)
        .ok_or_else(|| node.refuse("a type at the crate root is due here, such as `crate::Money`"))
}

/// The type of a schema under `components`; only one written by hand may have two.
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
        _ => Err(kind.refuse("one type is due here, or `[string, integer]` with `x-rust-type`")),
    }
}

/// Other names of a property on the wire.
fn aliases(node: &Node<'_>) -> Result<Vec<String>> {
    let Some(list) = node.get("x-aliases") else {
        return Ok(Vec::new());
    };
    let mut aliases: Vec<String> = Vec::new();
    for alias in list.elements()? {
        let text = alias.text()?;
        if text.is_empty() || aliases.iter().any(|other| other == text) {
            return Err(alias.refuse("another name is due here, and each once"));
        }
        aliases.push(text.to_owned());
    }
    Ok(aliases)
}

/// The adapter of a property that is a list.
fn adapter(node: &Node<'_>, kind: &Kind) -> Result<Option<String>> {
    let Some(adapter) = node.get("x-rust-adapter") else {
        return Ok(None);
    };
    match kind {
        Kind::List(element) if matches!(**element, Kind::Model { .. }) => {
            root_type(&adapter).map(Some)
        }
        _ => Err(adapter.refuse("only the objects of a list have an adapter: remove it")),
    }
}

/// The type, and whether it may be null.
fn type_of<'a>(node: &Node<'a>) -> Result<(&'a str, bool)> {
    let kind = node.need("type")?;
    if !kind.is_list() {
        return Ok((kind.text()?, false));
    }
    let names = kind.elements()?;
    match names.as_slice() {
        [one, null] if null.text()? == "null" && one.text()? != "null" => Ok((one.text()?, true)),
        _ => Err(kind.refuse("one type, or a list of one type and \"null\", is due here")),
    }
}

/// What two keywords say about how much there may be of something.
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
    node.keys(&["const", "description", "x-rust-name"])?;
    let wire = node.need("const")?.text()?;
    let (name, origin) = match node.get("x-rust-name") {
        Some(own) => (own.text()?.to_owned(), own),
        None => (names::pascal(wire), node.clone()),
    };
    let problem = match names::check_pascal(&name) {
        Err(problem) => Some(problem),
        Ok(()) if name == "Unknown" => Some("`Unknown` holds the values not listed".to_owned()),
        Ok(()) if name == "Self" => Some("`Self` cannot be a name in Rust".to_owned()),
        Ok(()) => None,
    };
    if let Some(problem) = problem {
        return Err(origin.refuse(format!("{problem}: give `{wire}` another `x-rust-name`")));
    }
    let docs = node.need("description")?.prose()?;
    Ok(Variant { wire: wire.to_owned(), name, docs })
}

impl Field {
    /// The name of the generated or hand-written type that this is a list of.
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
            aliases: Vec::new(),
            adapter: None,
            notes: Vec::new(),
        })
    }
}

/// Refuses a name that is taken.
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
        return Err(node.refuse(format!("`{twice}` is there twice: remove one")));
    }
    let same = |other: &Field| wires(other).into_iter().find(|wire| own.contains(wire));
    match others.find(|other| other.name == field.name || same(other).is_some()) {
        Some(other) if same(other).is_some_and(|wire| wire != field.wire) => {
            let wire = same(other).unwrap_or_default();
            Err(node.refuse(format!("`{wire}` is there twice: remove one")))
        }
        Some(other) if same(other).is_some() => {
            Err(node.refuse(format!("`{}` is there twice: remove one", field.wire)))
        }
        Some(other) => Err(node.refuse(format!(
            "`{}` and `{}` are both `{}` in Rust: give one an `x-rust-name`",
            other.wire, field.wire, field.name
        ))),
        None => Ok(()),
    }
}
