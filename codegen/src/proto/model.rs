//! What the `.proto` files say, checked and resolved: everything the emitter needs to know.

/// One file with a public module.
#[derive(Debug)]
pub(super) struct Module {
    /// The file's path, as messages and headers show it.
    pub(super) file: String,
    /// The line of the options that name the module.
    pub(super) line: i32,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) page: String,
    /// The modules of the package: `viam`, `app`, `v1`.
    pub(super) package: Vec<String>,
    pub(super) clients: Vec<Client>,
    pub(super) messages: Vec<Message>,
    pub(super) oneofs: Vec<Oneof>,
    pub(super) enums: Vec<Enum>,
}

impl Module {
    pub(super) fn message(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }

    pub(super) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.clients.iter().flat_map(|client| &client.methods)
    }

    /// Whether a response is the message of this name, or something has a value of it.
    pub(super) fn holds(&self, name: &str) -> bool {
        let is = |kind: &Kind| matches!(kind, Kind::Message { name: held, .. } if held == name);
        self.methods().any(|method| method.response == name)
            || self
                .messages
                .iter()
                .flat_map(|one| &one.fields)
                .filter_map(|one| one.shape.kind())
                .any(is)
            || self.oneofs.iter().flat_map(|one| &one.cases).any(|one| is(&one.kind))
    }

    /// The method that sends a message, if one does.
    pub(super) fn sender(&self, message: &Message) -> Option<(&Client, &Method)> {
        let calls = self
            .clients
            .iter()
            .flat_map(|client| client.methods.iter().map(move |method| (client, method)));
        calls.into_iter().find(|(_, method)| method.request == message.name)
    }
}

/// A service.
#[derive(Debug)]
pub(super) struct Client {
    /// `BillingClient` for `BillingService`.
    pub(super) name: String,
    pub(super) service: String,
    pub(super) aliases: Vec<String>,
    pub(super) docs: String,
    pub(super) methods: Vec<Method>,
}

#[derive(Debug)]
pub(super) struct Method {
    /// The name on the wire.
    pub(super) wire: String,
    /// The name in Rust, before keywords are made raw.
    pub(super) name: String,
    pub(super) route: String,
    pub(super) idempotency: Idempotency,
    pub(super) docs: String,
    pub(super) page: Option<String>,
    pub(super) example: Option<String>,
    pub(super) timeout: Option<u64>,
    pub(super) deprecated: Option<String>,
    pub(super) request: String,
    pub(super) response: String,
    /// The type that stands for the file in the response, where that is a stream of bytes.
    pub(super) download: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idempotency {
    Safe,
    Idempotent,
    Never,
}

#[derive(Debug)]
pub(super) struct Message {
    /// The name of the model: those of the messages around it, and its own.
    pub(super) name: String,
    /// The path of the type below the package's module: `outer::Inner`.
    pub(super) wire: String,
    pub(super) docs: String,
    pub(super) secret: bool,
    /// Whether what the peer sends may have no value in Rust.
    pub(super) fallible: bool,
    pub(super) fields: Vec<Field>,
}

/// A choice among fields.
#[derive(Debug)]
pub(super) struct Oneof {
    pub(super) name: String,
    /// The path of the type below the package's module: `outer::Choice`.
    pub(super) wire: String,
    pub(super) docs: String,
    pub(super) secret: bool,
    pub(super) fallible: bool,
    pub(super) cases: Vec<Case>,
}

#[derive(Debug)]
pub(super) struct Case {
    /// The name of the variant, here and on the wire layer.
    pub(super) name: String,
    /// The name of the field.
    pub(super) field: String,
    pub(super) docs: String,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) struct Field {
    /// The name in Rust, before keywords are made raw; the wire layer has the same.
    pub(super) name: String,
    /// The name in the file.
    pub(super) wire: String,
    pub(super) docs: String,
    pub(super) deprecated: Option<String>,
    pub(super) shape: Shape,
    /// Whether `new` of a request takes it.
    pub(super) required: bool,
    /// Whether it is an amount of money.
    pub(super) amount: bool,
}

#[derive(Debug)]
pub(super) enum Shape {
    Plain(Kind),
    Optional(Kind),
    List(Kind),
    /// By keys of this type.
    Map(&'static str, Kind),
    /// The name of the choice, which is optional.
    Oneof(String),
}

impl Shape {
    /// The kind of the value or of its elements.
    pub(super) fn kind(&self) -> Option<&Kind> {
        match self {
            Self::Plain(kind) | Self::Optional(kind) | Self::List(kind) | Self::Map(_, kind) => {
                Some(kind)
            }
            Self::Oneof(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bytes,
    /// A number or a boolean, by its type in Rust.
    Scalar(&'static str),
    Instant,
    Enum(String),
    Message {
        name: String,
        /// Whether it contains itself, so that the wire layer boxes it.
        boxed: bool,
    },
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) values: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) wire: String,
    pub(super) number: i32,
    pub(super) docs: String,
    pub(super) deprecated: Option<String>,
}
