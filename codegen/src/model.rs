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
    /// Names of the hand-written types that its module exports.
    pub(crate) exported: Vec<String>,
    /// What to use instead, if the version is deprecated.
    pub(crate) deprecated: Option<String>,
    /// The version to use instead, if there is one.
    pub(crate) superseded_by: Option<String>,
    /// Whether a date in a response that cannot be read is absent, not an error.
    pub(crate) loose_dates: bool,
}

impl Version {
    /// Whether something in it should not be used any more.
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
    pub(crate) deprecated: Deprecated,
    /// Those of path, query and header, then those of the body.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) one_of: Vec<OneOf>,
    pub(crate) answer: Answer,
    /// The statuses that mean success.
    pub(crate) success: Vec<u16>,
    /// Whether the answer may come without content.
    pub(crate) may_be_empty: bool,
    /// Whether the answer is a list, or a page of one.
    pub(crate) list: bool,
    /// The media type of the answer, where it is not plain JSON.
    pub(crate) accept: Option<&'static str>,
    pub(crate) answer_docs: String,
    /// Status and meaning.
    pub(crate) errors: Vec<(String, String)>,
    pub(crate) paging: Option<Paging>,
    pub(crate) download: Option<FileForm>,
    /// An example of the form that writes a file to disk.
    pub(crate) save_example: Option<String>,
    pub(crate) outcome: Option<Outcome>,
    /// Names of methods that the vendor's crate writes by hand on top of this one.
    pub(crate) hand: Vec<String>,
    pub(crate) example: String,
}

/// A second form of a call, which takes the answer as a file.
#[derive(Debug)]
pub(crate) struct FileForm {
    /// The method's name, before keywords are made raw.
    pub(crate) name: String,
    /// The hand-written type that tells the media types.
    pub(crate) format: String,
    pub(crate) summary: String,
    pub(crate) example: String,
}

/// An answer that may not be ready, and a second form of the call, which waits for it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The hand-written type around the answer.
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
pub(crate) enum Answer {
    /// A JSON object of this type.
    Object(String),
    /// A JSON list of objects of this type.
    List(String),
    /// A file of this media type, as bytes or in a JSON object of this hand-written type.
    File(String, &'static str),
    /// Nothing but a file of this media type.
    Download(String),
    Nothing,
}

/// How a list is walked. Fields are given by their Rust names.
#[derive(Debug)]
pub(crate) struct Paging {
    /// The parameter that says which page.
    pub(crate) page: String,
    pub(crate) walk: Walk,
    /// The parameter for the size of a page, and the size that is sent unless told otherwise.
    pub(crate) page_size: Option<(String, u32)>,
    pub(crate) summary: String,
    pub(crate) example: String,
}

/// What says which page comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    Number,
    Token,
    /// A link, which has the parameter of this name on the wire in its query.
    Link(String),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) field: Field,
    pub(crate) place: Place,
    pub(crate) required: bool,
    /// The client's method that fills it where the request does not.
    pub(crate) client_default: Option<String>,
    /// Whether its value must not be printed.
    pub(crate) secret: bool,
    /// Values that it cannot have, since they make another route of the path.
    pub(crate) other_routes: Vec<String>,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Body,
    /// The whole body, of this media type.
    Document(&'static str),
}

impl Parameter {
    /// Whether a request cannot be made without it.
    pub(crate) fn is_argument(&self) -> bool {
        self.required && self.client_default.is_none()
    }

    /// Whether its text may be one that cannot stand in a path.
    pub(crate) fn may_be_no_segment(&self) -> bool {
        matches!(self.field.kind, Kind::Text | Kind::Hand { form: Form::Either, .. })
    }

    /// Whether the request can tell that it is not set. In a query, an empty list is not.
    pub(crate) fn is_optional(&self) -> bool {
        let list = matches!(self.field.kind, Kind::List(_));
        !self.is_argument() && (self.place == Place::Body || !list)
    }

    /// Whether it is required, and must hold something to count as there.
    pub(crate) fn must_be_filled(&self) -> bool {
        let may_be_empty = match self.field.kind {
            Kind::Text => true,
            Kind::List(_) => self.place == Place::Query,
            _ => false,
        };
        self.is_argument() && may_be_empty
    }
}

/// Parameters that stand for each other.
#[derive(Debug)]
pub(crate) struct OneOf {
    /// Their names in Rust.
    pub(crate) members: Vec<String>,
    pub(crate) require: Require,
}

/// How many of them a request sets, beside one.
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
    /// The name on the wire.
    pub(crate) wire: String,
    /// The name in Rust, before keywords are made raw.
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// Whether it is an object that no response may lack.
    pub(crate) required: bool,
    /// Whether a request tells null, which clears the field, from absence.
    pub(crate) clearable: bool,
    pub(crate) deprecated: Deprecated,
    /// Other names on the wire.
    pub(crate) aliases: Vec<String>,
    /// The hand-written adapter that decodes it, or each element of the list.
    pub(crate) adapter: Option<String>,
    /// Format, bounds and default, as sentences.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// A text that may be sent as a number.
    Code,
    /// Written in base64.
    Bytes,
    Boolean,
    Integer(&'static str),
    Decimal,
    Instant,
    Day,
    Month,
    Enum(String),
    /// `boxed` where the type would contain itself.
    Model {
        name: String,
        boxed: bool,
    },
    Hand {
        name: String,
        form: Form,
    },
    List(Box<Self>),
    /// By texts.
    Map(Box<Self>),
    /// An object that may hold anything.
    Free,
}

/// What a hand-written type is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Object,
    Text,
    /// A text or an integer.
    Either,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    /// What the spec calls it, if that is another name.
    pub(crate) alias: Option<String>,
    pub(crate) docs: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) pages: Option<Pages>,
    /// Whether it is part of a body, in which what is absent is not sent.
    pub(crate) sent: bool,
    /// Whether it is part of a response, or stands for itself.
    pub(crate) received: bool,
}

/// How a model is one page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    pub(crate) items: Vec<Step>,
    pub(crate) item: String,
    pub(crate) end: End,
}

/// A field on the way to another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) nullable: bool,
}

/// What tells where a list ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The number of items.
    Total(Vec<Step>),
    /// The token of the next page, or the link to it; and the number of items, if it is told.
    Next(Vec<Step>, Option<Vec<Step>>),
    /// Nothing but a page without items.
    EmptyPage,
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    /// What the spec calls it, if that is another name.
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

/// What to do instead, if something should not be used any more.
pub(crate) type Deprecated = Option<String>;
