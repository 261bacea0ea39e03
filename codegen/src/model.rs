//! What a spec says, checked and resolved: everything the emitters need to know.

/// One API version of a vendor, from one spec.
#[derive(Debug)]
pub(crate) struct Version {
    /// The spec's path below `codegen/`, with slashes.
    pub(crate) file: String,
    /// The module's name.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) docs: String,
    pub(crate) page: String,
    pub(crate) apis: Vec<Api>,
    pub(crate) models: Vec<Model>,
    pub(crate) enums: Vec<Enum>,
    /// Names of the hand-written types that it uses.
    pub(crate) hand: Vec<String>,
}

impl Version {
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.apis.iter().flat_map(|api| &api.operations)
    }

    /// Every name that the module exports.
    pub(crate) fn exports(&self) -> impl Iterator<Item = &str> {
        let apis = self.apis.iter().map(|api| api.name.as_str());
        let requests = self.operations().map(|operation| operation.request.as_str());
        let models = self.models.iter().map(|model| model.name.as_str());
        apis.chain(requests).chain(models).chain(self.enums.iter().map(|one| one.name.as_str()))
    }
}

/// The operations under one tag: one struct.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    /// The method's name, before keywords are made raw.
    pub(crate) name: String,
    /// The request type's name.
    pub(crate) request: String,
    pub(crate) method: &'static str,
    pub(crate) route: String,
    pub(crate) idempotency: Idempotency,
    pub(crate) page: String,
    pub(crate) summary: String,
    pub(crate) docs: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) answer: Answer,
    pub(crate) answer_docs: String,
    /// Status and meaning.
    pub(crate) errors: Vec<(String, String)>,
    pub(crate) paging: Option<Paging>,
    pub(crate) example: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotency {
    Safe,
    Idempotent,
    Never,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A JSON object of this type.
    Object(String),
    /// A file, as bytes or in a JSON object of this hand-written type.
    File(String),
    Nothing,
}

/// A list whose pages are numbered. Fields are given by their Rust names.
#[derive(Debug)]
pub(crate) struct Paging {
    pub(crate) page: String,
    pub(crate) page_size: String,
    pub(crate) default_page_size: u32,
    pub(crate) summary: String,
    pub(crate) example: String,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) field: Field,
    pub(crate) in_path: bool,
    pub(crate) required: bool,
    /// The client's method that fills it where the request does not.
    pub(crate) client_default: Option<String>,
}

impl Parameter {
    /// Whether a request cannot be made without it.
    pub(crate) fn is_argument(&self) -> bool {
        self.required && self.client_default.is_none()
    }

    pub(crate) fn is_optional(&self) -> bool {
        !self.is_argument() && !matches!(self.field.kind, Kind::List(_))
    }
}

#[derive(Debug)]
pub(crate) struct Field {
    /// The name on the wire.
    pub(crate) wire: String,
    /// The name in Rust, before keywords are made raw.
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// Format, bounds and default, as sentences.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Boolean,
    Integer(&'static str),
    Decimal,
    Instant,
    Day,
    Enum(String),
    /// `boxed` where the type would contain itself.
    Model {
        name: String,
        boxed: bool,
    },
    Hand {
        name: String,
        object: bool,
    },
    List(Box<Self>),
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) pages: Option<Pages>,
}

/// How a model is one page of a list. Fields are given by their Rust names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    pub(crate) items: String,
    pub(crate) item: String,
    pub(crate) total: String,
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) variants: Vec<Variant>,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) wire: String,
    pub(crate) name: String,
    pub(crate) docs: String,
}
