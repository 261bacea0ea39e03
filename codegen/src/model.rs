//! The contents of a spec, checked and resolved: the input of the emitters.

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
    /// Names of the hand-written types that its module exports.
    pub(crate) exported: Vec<String>,
    /// The replacement, if the version is deprecated.
    pub(crate) deprecated: Option<String>,
    /// The version that supersedes this one, if any.
    pub(crate) superseded_by: Option<String>,
    /// Whether a date in a response that cannot be read is absent, not an error.
    pub(crate) loose_dates: bool,
}

impl Version {
    /// Whether it contains a deprecated item.
    pub(crate) fn has_deprecated(&self) -> bool {
        let fields = self.models.iter().flat_map(|model| &model.fields);
        let parameters = self.operations().flat_map(|one| &one.parameters);
        self.operations().any(|one| one.deprecated.is_some())
            || fields.chain(parameters.map(|one| &one.field)).any(|one| one.deprecated.is_some())
            || self.enums.iter().flat_map(|one| &one.variants).any(|one| one.deprecated.is_some())
    }

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
    /// The method's name, before keywords become raw.
    pub(crate) name: String,
    /// The request type's name.
    pub(crate) request: String,
    pub(crate) method: &'static str,
    pub(crate) route: String,
    pub(crate) idempotency: Idempotency,
    pub(crate) page: String,
    pub(crate) summary: String,
    pub(crate) docs: String,
    pub(crate) deprecated: Deprecated,
    /// Parameters of path, query and header, then those of the body.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) one_of: Vec<OneOf>,
    pub(crate) response_type: ResponseType,
    /// The statuses that mean success.
    pub(crate) success: Vec<u16>,
    /// Whether the response may have no content.
    pub(crate) may_be_empty: bool,
    /// Whether the response is a list or a page of one.
    pub(crate) list: bool,
    /// The media type of the response, unless it is plain JSON.
    pub(crate) accept: Option<&'static str>,
    pub(crate) response_docs: String,
    /// Status and meaning.
    pub(crate) errors: Vec<(String, String)>,
    pub(crate) paging: Option<Paging>,
    pub(crate) download: Option<FileForm>,
    /// An example of the method that writes a file to disk.
    pub(crate) save_example: Option<String>,
    pub(crate) outcome: Option<Outcome>,
    /// Names of methods that the vendor's crate writes by hand on top of this one.
    pub(crate) hand: Vec<String>,
    pub(crate) example: String,
}

/// A second method for a call, which returns the response as a file.
#[derive(Debug)]
pub(crate) struct FileForm {
    /// The method's name, before keywords become raw.
    pub(crate) name: String,
    /// The hand-written type that selects the media type.
    pub(crate) format: String,
    pub(crate) summary: String,
    pub(crate) example: String,
}

/// A response that may not be ready, and a second method, which waits for it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The hand-written type that wraps the response.
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) example: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotency {
    Safe,
    Idempotent,
    Never,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ResponseType {
    /// A JSON object of this type.
    Object(String),
    /// A JSON list of objects of this type.
    List(String),
    /// A file of this media type, sent as raw bytes or in a JSON object of this hand-written type.
    File(String, &'static str),
    /// Always a file of this media type.
    Download(String),
    Nothing,
}

/// The pagination of a list. Fields have their Rust names.
#[derive(Debug)]
pub(crate) struct Paging {
    /// The parameter that selects the page.
    pub(crate) page: String,
    pub(crate) walk: Walk,
    /// The parameter for the page size, and the size that is sent by default.
    pub(crate) page_size: Option<(String, u32)>,
    pub(crate) summary: String,
    pub(crate) example: String,
}

/// The way to the next page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    Number,
    Token,
    /// A link whose query contains the parameter with this wire name.
    Link(String),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) field: Field,
    pub(crate) place: Place,
    pub(crate) required: bool,
    /// The client's method that fills it if the request does not set it.
    pub(crate) client_default: Option<String>,
    /// Whether its value must not be printed.
    pub(crate) secret: bool,
    /// Properties that a whole body must have, although the object may be without them elsewhere.
    pub(crate) properties: Vec<String>,
    /// Values that it cannot have, since they would turn the path into another route.
    pub(crate) other_routes: Vec<String>,
}

/// The location of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Body,
    /// The whole body, with this media type.
    Document(&'static str),
}

impl Parameter {
    /// Whether a request cannot be created without it.
    pub(crate) fn is_argument(&self) -> bool {
        self.required && self.client_default.is_none()
    }

    /// Whether its value may be a string that cannot be a path segment.
    pub(crate) fn may_be_invalid_segment(&self) -> bool {
        matches!(self.field.kind, Kind::Text | Kind::Hand { form: Form::Either, .. })
    }

    /// Whether the request can represent that it is not set. In a query, an empty list counts as
    /// not set.
    pub(crate) fn is_optional(&self) -> bool {
        let list = matches!(self.field.kind, Kind::List(_));
        !self.is_argument() && (self.place == Place::Body || !list)
    }

    /// Whether it is required and must not be empty.
    pub(crate) fn must_be_filled(&self) -> bool {
        let may_be_empty = match self.field.kind {
            Kind::Text => true,
            Kind::List(_) => self.place == Place::Query,
            _ => false,
        };
        self.is_argument() && may_be_empty
    }
}

/// Parameters of which a request sets a certain number.
#[derive(Debug)]
pub(crate) struct OneOf {
    /// Their names in Rust.
    pub(crate) members: Vec<String>,
    pub(crate) require: Require,
}

/// The number of them that a request sets, unless that is exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Require {
    AtMost,
    Exactly,
    AtLeast,
}

impl Operation {
    /// The group that a parameter belongs to.
    pub(crate) fn group_of(&self, parameter: &Parameter) -> Option<&OneOf> {
        self.one_of.iter().find(|group| group.members.contains(&parameter.field.name))
    }

    /// The parameters of a group.
    pub(crate) fn members<'a>(&'a self, group: &'a OneOf) -> impl Iterator<Item = &'a Parameter> {
        self.parameters.iter().filter(|one| group.members.contains(&one.field.name))
    }

    /// The parameters of a group that the client can fill, with its methods.
    pub(crate) fn defaults<'a>(&'a self, group: &'a OneOf) -> Vec<(&'a Parameter, &'a str)> {
        self.members(group).filter_map(|one| Some((one, one.client_default.as_deref()?))).collect()
    }
}

#[derive(Debug)]
pub(crate) struct Field {
    /// The wire name.
    pub(crate) wire: String,
    /// The name in Rust, before keywords become raw.
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// Whether it is an object that every response must have.
    pub(crate) required: bool,
    /// Whether a request distinguishes null, which clears the field, from absence.
    pub(crate) clearable: bool,
    /// Whether only responses have it.
    pub(crate) read_only: bool,
    pub(crate) deprecated: Deprecated,
    /// Other wire names.
    pub(crate) aliases: Vec<String>,
    /// The hand-written adapter that decodes it, or each element of the list.
    pub(crate) adapter: Option<String>,
    /// Format, bounds and default, as sentences.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// A string that may be sent as a number.
    Code,
    /// Bytes, encoded in base64.
    Bytes,
    Boolean,
    Integer(&'static str),
    Decimal,
    Instant,
    Day,
    Month,
    Enum(String),
    /// `boxed` if the type would contain itself.
    Model {
        name: String,
        boxed: bool,
    },
    Hand {
        name: String,
        form: Form,
    },
    List(Box<Self>),
    /// With string keys.
    Map(Box<Self>),
    /// An object with arbitrary contents.
    Free,
}

/// The wire format of a hand-written type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Object,
    Text,
    /// A string or an integer.
    Either,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    /// The name in the spec, if it differs.
    pub(crate) alias: Option<String>,
    pub(crate) docs: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) pages: Option<Pages>,
    /// Whether it is part of a body, in which absent fields are omitted.
    pub(crate) sent: bool,
    /// Whether it is part of a response, or standalone.
    pub(crate) received: bool,
}

/// How a model represents one page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    pub(crate) items: Vec<Step>,
    pub(crate) item: String,
    pub(crate) end: End,
}

/// A field on the path to another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) nullable: bool,
}

/// How the end of a list is found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The number of items.
    Total(Vec<Step>),
    /// The token of the next page, or the link to it; and the number of items, if the service sends
    /// it.
    Next(Vec<Step>, Option<Vec<Step>>),
    /// By an empty page.
    EmptyPage,
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    /// The name in the spec, if it differs.
    pub(crate) alias: Option<String>,
    pub(crate) docs: String,
    pub(crate) variants: Vec<Variant>,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) wire: String,
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) deprecated: Deprecated,
}

/// The replacement, if something is deprecated.
pub(crate) type Deprecated = Option<String>;
