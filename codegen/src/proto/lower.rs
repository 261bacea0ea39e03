//! From descriptors to the model.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use protox::prost_reflect::{
    DynamicMessage, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor,
    Kind as WireKind, MessageDescriptor, MethodDescriptor, OneofDescriptor, ReflectMessage as _,
    ServiceDescriptor, Syntax, Value as Given,
};

use super::WELL_KNOWN;
use super::model::{
    Case, Client, Enum, Field, Idempotency, Kind, Message, Method, Module, Oneof, Shape, Value,
};
use crate::{files, markdown, names};

const TIMESTAMP: &str = "google.protobuf.Timestamp";
const NEVER_DEPRECATED: &str =
    "cannot be `deprecated`: only fields, values and methods can; mention it in the comment";

/// Words in the names of fields that contain secrets or bank data. Words of four letters and more
/// are also found within longer words.
const SECRETIVE: &[&str] = &[
    "account",
    "bank",
    "bearer",
    "bic",
    "card",
    "cookie",
    "credential",
    "cvc",
    "cvv",
    "digits",
    "iban",
    "jwt",
    "key",
    "otp",
    "passcode",
    "passphrase",
    "password",
    "payload",
    "pin",
    "pwd",
    "routing",
    "secret",
    "signature",
    "ssn",
    "token",
    "verification",
];

/// The purpose of a file.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) vendor: String,
    pub(super) secret: Vec<Secret>,
    pub(super) module: Option<Module>,
}

/// A type whose values `Debug` must not print.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    /// With a leading dot.
    pub(super) full_name: String,
    /// The path of the wire layer's type, below its root.
    pub(super) path: Vec<String>,
}

/// Reads one file, and adds its mistakes to `refusals`, one line each.
pub(super) fn file(
    file: &FileDescriptor,
    check_vendor: &dyn Fn(&str) -> Result<(), String>,
    refusals: &mut Vec<String>,
) -> Lowered {
    let mut lowering = Lowering { file, refusals, names: BTreeMap::new() };
    lowering.lower(check_vendor)
}

struct Lowering<'a> {
    file: &'a FileDescriptor,
    refusals: &'a mut Vec<String>,
    /// The exports of the module, and the item of the file behind each.
    names: BTreeMap<String, String>,
}

impl Lowering<'_> {
    fn lower(&mut self, check_vendor: &dyn Fn(&str) -> Result<(), String>) -> Lowered {
        // The syntax is field 12 of a file.
        if self.file.syntax() != Syntax::Proto3 {
            self.refuse(&[12], self.file.name(), "is not proto3, the only supported syntax");
        }
        let options = Options::of(&self.file.options(), "codegen.file");
        let vendor = options.text("vendor").unwrap_or_else(|| {
            let reason = "names no vendor: add `option (codegen.file).vendor = \"…\";`";
            self.refuse(&[2], self.file.name(), reason);
            String::new()
        });
        if !vendor.is_empty() {
            let checked = files::check_name(&vendor).and_then(|()| check_vendor(&vendor));
            if let Err(reason) = checked {
                let reason = format!("has a wrong `(codegen.file).vendor`: {reason}");
                self.refuse(&[8], self.file.name(), &reason);
            }
        }
        let mut messages = Vec::new();
        for message in self.file.messages() {
            collect(&message, &mut messages);
        }
        let mut secret = Vec::new();
        for message in &messages {
            self.check_secrecy(message);
            if is_secret(message) {
                secret.extend(secrets(message));
            }
        }
        let module = options.text("module").map(|name| self.module(name, &options, &messages));
        Lowered { vendor, secret, module }
    }

    fn module(
        &mut self,
        name: String,
        options: &Options,
        messages: &[MessageDescriptor],
    ) -> Module {
        if let Err(reason) = names::check_snake(&name) {
            self.refuse(&[8], self.file.name(), &reason);
        }
        if matches!(name.as_str(), "mod" | "proto") {
            let reason = format!("cannot have the module `{name}`: a generated file has this name");
            self.refuse(&[8], self.file.name(), &reason);
        }
        let mut required = |keyword: &str| {
            options.text(keyword).unwrap_or_else(|| {
                let reason = format!("has a module but no `(codegen.file).{keyword}`");
                self.refuse(&[8], self.file.name(), &reason);
                String::new()
            })
        };
        let (title, page) = (required("title"), required("page"));
        for part in self.file.package_name().split('.') {
            if let Err(reason) = names::check_snake(part) {
                self.refuse(&[2], self.file.package_name(), &reason);
            }
        }
        let mut enums: Vec<EnumDescriptor> = self.file.enums().collect();
        enums.extend(messages.iter().flat_map(MessageDescriptor::child_enums));
        let enums: Vec<Enum> = enums.iter().map(|one| self.enumeration(one)).collect();
        let mut oneofs = Vec::new();
        let mut lowered: Vec<Message> =
            messages.iter().map(|message| self.message(message, &mut oneofs)).collect();
        let clients: Vec<Client> =
            self.file.services().map(|service| self.client(&service)).collect();
        find_fallible(&mut lowered, &mut oneofs);
        Module {
            file: format!("proto/{}", self.file.name()),
            line: self.line(&[8]).unwrap_or(1),
            name,
            title,
            page,
            package: self.file.package_name().split('.').map(str::to_owned).collect(),
            clients,
            messages: lowered,
            oneofs,
            enums,
        }
    }

    fn client(&mut self, service: &ServiceDescriptor) -> Client {
        let name = service.name().strip_suffix("Service").unwrap_or(service.name());
        let name = format!("{}Client", name.to_upper_camel_case());
        self.export(&name, service.path(), service.full_name());
        if service.service_descriptor_proto().options.as_ref().is_some_and(|it| it.deprecated()) {
            self.refuse(service.path(), service.full_name(), NEVER_DEPRECATED);
        }
        let mut methods: Vec<Method> = Vec::new();
        for method in service.methods() {
            let Some(lowered) = self.method(&method) else { continue };
            if let Some(other) = methods.iter().find(|other| other.name == lowered.name) {
                let reason = format!("becomes `{}`, as `{}` does", lowered.name, other.wire);
                self.refuse(method.path(), method.full_name(), &reason);
            }
            methods.push(lowered);
        }
        Client {
            docs: self.docs(service.path(), service.full_name()),
            service: service.full_name().to_owned(),
            aliases: Options::of(&service.options(), "codegen.service").texts("aliases"),
            methods,
            name,
        }
    }

    fn method(&mut self, method: &MethodDescriptor) -> Option<Method> {
        let path = method.path();
        if method.is_client_streaming() {
            let reason = format!(
                "takes a stream of `{}`: only a single request is supported",
                method.input().name()
            );
            self.refuse(path, method.full_name(), &reason);
            return None;
        }
        for message in [method.input(), method.output()] {
            if message.parent_file() != *self.file {
                let reason = format!(
                    "uses `{}` of another file: requests and responses must be in the file of the service",
                    message.full_name()
                );
                self.refuse(path, method.full_name(), &reason);
                return None;
            }
        }
        let name = method.name().to_snake_case();
        if let Err(reason) = names::check_snake(&name) {
            self.refuse(path, method.full_name(), &reason);
        }
        let download = method.is_server_streaming().then(|| self.download(method)).flatten();
        let options = Options::of(&method.options(), "codegen.method");
        let standard = method.method_descriptor_proto().options.as_ref();
        let idempotency = match standard.map(|options| options.idempotency_level().as_str_name()) {
            Some("NO_SIDE_EFFECTS") => Idempotency::Safe,
            Some("IDEMPOTENT") => Idempotency::Idempotent,
            _ => Idempotency::Never,
        };
        let deprecated = standard.is_some_and(|options| options.deprecated());
        Some(Method {
            wire: method.name().to_owned(),
            name,
            route: format!("/{}/{}", method.parent_service().full_name(), method.name()),
            idempotency,
            docs: self.docs(path, method.full_name()),
            page: options.text("page"),
            example: options.text("example"),
            timeout: options.number("timeout"),
            deprecated: options.text("deprecated").or(deprecated.then(String::new)),
            request: model_name(&method.input()),
            response: model_name(&method.output()),
            download,
        })
    }

    /// The type that represents a stream as a file.
    fn download(&mut self, method: &MethodDescriptor) -> Option<String> {
        let fields: Vec<FieldDescriptor> = method.output().fields().collect();
        let bytes = |field: &FieldDescriptor| {
            matches!(field.kind(), WireKind::Bytes)
                && !field.is_list()
                && !field.supports_presence()
        };
        if !matches!(fields.as_slice(), [only] if bytes(only)) {
            let reason = format!(
                "returns a stream of `{}`: only streams of messages whose one field is `bytes` are \
                 supported",
                method.output().name()
            );
            self.refuse(method.path(), method.full_name(), &reason);
            return None;
        }
        let name = match method.name().strip_prefix("Get") {
            Some(rest) if !rest.is_empty() => rest.to_upper_camel_case(),
            _ => format!("{}File", method.name().to_upper_camel_case()),
        };
        for export in [name.clone(), format!("{name}Stream")] {
            self.export(&export, method.path(), method.full_name());
        }
        Some(name)
    }

    fn message(&mut self, message: &MessageDescriptor, oneofs: &mut Vec<Oneof>) -> Message {
        let name = model_name(message);
        self.export(&name, message.path(), message.full_name());
        if message.descriptor_proto().options.as_ref().is_some_and(|it| it.deprecated()) {
            self.refuse(message.path(), message.full_name(), NEVER_DEPRECATED);
        }
        let secret = is_secret(message);
        let mut fields = Vec::new();
        let mut seen = BTreeSet::new();
        for field in fields_of(message) {
            let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
            let lowered = match oneof {
                // The first field of a oneof represents all of them.
                Some(oneof) if oneof.fields().next().as_ref() == Some(&field) => {
                    self.oneof(message, &oneof, secret, oneofs)
                }
                Some(_) => continue,
                None => self.field(message, &field),
            };
            let Some(lowered) = lowered else { continue };
            if !seen.insert(lowered.name.clone()) {
                let reason = format!("becomes `{}`, like another field", lowered.name);
                self.refuse(field.path(), field.full_name(), &reason);
            }
            fields.push(lowered);
        }
        Message {
            wire: wire_path(message),
            docs: self.docs(message.path(), message.full_name()),
            secret,
            fallible: false,
            fields,
            name,
        }
    }

    fn field(&mut self, message: &MessageDescriptor, field: &FieldDescriptor) -> Option<Field> {
        let name = self.field_name(field)?;
        let docs = self.docs(field.path(), field.full_name());
        let shape = if field.is_map() {
            let WireKind::Message(entry) = field.kind() else { return None };
            let key = scalar(&entry.map_entry_key_field().kind()).unwrap_or("String");
            Shape::Map(key, self.kind(message, field, &entry.map_entry_value_field().kind())?)
        } else {
            let kind = self.kind(message, field, &field.kind())?;
            match kind {
                kind if field.is_list() => Shape::List(kind),
                kind if field.supports_presence() => Shape::Optional(kind),
                kind => Shape::Plain(kind),
            }
        };
        let options = Options::of(&field.options(), "codegen.field");
        let optional_by_nature =
            !matches!(&shape, Shape::Plain(kind) if *kind != Kind::Scalar("bool"));
        let required = options.flag("required").unwrap_or(!optional_by_nature);
        if required && !matches!(shape, Shape::Plain(_)) {
            let reason = "cannot be required: a field with presence is optional";
            self.refuse(field.path(), field.full_name(), reason);
        }
        let amount = options.flag("amount").unwrap_or_default();
        if amount && !matches!(shape, Shape::Plain(Kind::Scalar("f64"))) {
            self.refuse(field.path(), field.full_name(), "is an amount, but not a `double`");
        }
        if !self.is_request(message) {
            for option in ["required", "amount"] {
                if options.get(option).is_some() {
                    let reason = format!(
                        "cannot have `(codegen.field).{option}`: no method takes `{}`, and only \
                         fields of requests are checked",
                        message.name()
                    );
                    self.refuse(field.path(), field.full_name(), &reason);
                }
            }
        }
        let deprecated = is_deprecated(field);
        if !deprecated && options.get("deprecated").is_some() {
            let reason =
                "has `(codegen.field).deprecated` but is not deprecated: add `deprecated = true`";
            self.refuse(field.path(), field.full_name(), reason);
        }
        Some(Field {
            name,
            wire: field.name().to_owned(),
            docs,
            deprecated: deprecated.then(|| options.text("deprecated").unwrap_or_default()),
            shape,
            required,
            amount,
        })
    }

    fn is_request(&self, message: &MessageDescriptor) -> bool {
        let mut methods = self.file.services().flat_map(|service| {
            let methods: Vec<MethodDescriptor> = service.methods().collect();
            methods
        });
        methods.any(|method| method.input() == *message)
    }

    fn field_name(&mut self, field: &FieldDescriptor) -> Option<String> {
        let name = field.name().to_snake_case();
        match names::check_snake(&name) {
            Ok(()) if name != "extern" => Some(name),
            outcome => {
                let reason = outcome.err().unwrap_or_else(|| format!("`{name}` is a keyword"));
                self.refuse(field.path(), field.full_name(), &reason);
                None
            }
        }
    }

    fn oneof(
        &mut self,
        message: &MessageDescriptor,
        oneof: &OneofDescriptor,
        secret: bool,
        oneofs: &mut Vec<Oneof>,
    ) -> Option<Field> {
        let name = format!("{}{}", model_name(message), oneof.name().to_upper_camel_case());
        self.export(&name, oneof.path(), oneof.full_name());
        let docs = self.docs(oneof.path(), oneof.full_name());
        let field_name = oneof.name().to_snake_case();
        if let Err(reason) = names::check_snake(&field_name) {
            self.refuse(oneof.path(), oneof.full_name(), &reason);
        }
        let mut cases: Vec<Case> = Vec::new();
        for field in oneof.fields() {
            let docs = self.docs(field.path(), field.full_name());
            let options = Options::of(&field.options(), "codegen.field");
            for option in ["required", "amount", "deprecated"] {
                if options.get(option).is_some() {
                    let reason =
                        format!("cannot have `(codegen.field).{option}`: it is part of a oneof");
                    self.refuse(field.path(), field.full_name(), &reason);
                }
            }
            if is_deprecated(&field) {
                let reason =
                    "cannot be `deprecated`: it is part of a oneof; mention it in the comment";
                self.refuse(field.path(), field.full_name(), reason);
            }
            let case = field.name().to_upper_camel_case();
            if names::check_pascal(&case).is_err()
                || case == "Self"
                || cases.iter().any(|other| other.name == case)
            {
                let reason = format!(
                    "cannot become the variant `{case}`: it is a keyword or already in use"
                );
                self.refuse(field.path(), field.full_name(), &reason);
            }
            let Some(kind) = self.kind(message, &field, &field.kind()) else { continue };
            cases.push(Case { name: case, field: field.name().to_owned(), docs, kind });
        }
        let wire = oneof_path(message, oneof);
        oneofs.push(Oneof {
            name: name.clone(),
            wire,
            docs: docs.clone(),
            secret,
            fallible: false,
            cases,
        });
        Some(Field {
            name: field_name,
            wire: oneof.name().to_owned(),
            docs,
            deprecated: None,
            shape: Shape::Oneof(name),
            required: false,
            amount: false,
        })
    }

    fn kind(
        &mut self,
        message: &MessageDescriptor,
        field: &FieldDescriptor,
        kind: &WireKind,
    ) -> Option<Kind> {
        if let Some(scalar) = scalar(kind) {
            return Some(Kind::Scalar(scalar));
        }
        match kind {
            WireKind::String => Some(Kind::Text),
            WireKind::Bytes => Some(Kind::Bytes),
            WireKind::Message(target) if target.full_name() == TIMESTAMP => Some(Kind::Instant),
            WireKind::Message(target) if target.parent_file() == *self.file => {
                let boxed = !field.is_list() && !field.is_map() && reaches(target, message);
                Some(Kind::Message { name: model_name(target), boxed })
            }
            WireKind::Enum(target) if target.parent_file() == *self.file => {
                Some(Kind::Enum(enum_name(target)))
            }
            other => {
                let target = match other {
                    WireKind::Message(target) => target.full_name().to_owned(),
                    WireKind::Enum(target) => target.full_name().to_owned(),
                    other => format!("{other:?}"),
                };
                let reason = format!(
                    "has the type `{target}`: beside the types of its own file, only \
                     `{TIMESTAMP}` is supported"
                );
                self.refuse(field.path(), field.full_name(), &reason);
                None
            }
        }
    }

    fn enumeration(&mut self, one: &EnumDescriptor) -> Enum {
        let name = enum_name(one);
        self.export(&name, one.path(), one.full_name());
        if one.enum_descriptor_proto().options.as_ref().is_some_and(|it| it.deprecated()) {
            self.refuse(one.path(), one.full_name(), NEVER_DEPRECATED);
        }
        let mut values: Vec<Value> = Vec::new();
        for value in values_of(one) {
            let options = Options::of(&value.options(), "codegen.value");
            let variant = options.text("rust_name").unwrap_or_else(|| {
                // Like the wire layer, removes the enum's own name.
                let full = value.name().to_upper_camel_case();
                let stripped = full.strip_prefix(&one.name().to_upper_camel_case());
                let stripped = stripped.filter(|rest| rest.starts_with(char::is_uppercase));
                stripped.map(str::to_owned).unwrap_or(full)
            });
            let reason = if let Err(reason) = names::check_pascal(&variant) {
                Some(format!("{reason}: set `(codegen.value).rust_name`"))
            } else if matches!(variant.as_str(), "Unknown" | "Self") {
                Some(format!("cannot have the name `{variant}`: set `(codegen.value).rust_name`"))
            } else if values.iter().any(|other| other.number == value.number()) {
                Some("has the number of another value: aliases are not supported".to_owned())
            } else if values.iter().any(|other| other.name == variant) {
                Some(format!(
                    "becomes `{variant}`, like another value: set `(codegen.value).rust_name`"
                ))
            } else {
                None
            };
            if let Some(reason) = reason {
                self.refuse(value.path(), value.full_name(), &reason);
            }
            let standard = value.enum_value_descriptor_proto().options.as_ref();
            let deprecated = standard.is_some_and(|options| options.deprecated());
            values.push(Value {
                name: variant,
                wire: value.name().to_owned(),
                number: value.number(),
                docs: self.docs(value.path(), value.full_name()),
                deprecated: deprecated.then(|| options.text("deprecated").unwrap_or_default()),
            });
        }
        Enum { docs: self.docs(one.path(), one.full_name()), name, values }
    }

    /// The declaration whether a message is secret, required if it looks like one.
    fn check_secrecy(&mut self, message: &MessageDescriptor) {
        if marked_secret(message).is_some() || is_secret(message) {
            return;
        }
        let looks_secret = |field: &FieldDescriptor| {
            // The type of a field declares itself whether it is secret; a well-known type does not.
            let told = field.kind().as_message().is_some_and(|target| {
                !target.is_map_entry()
                    && (target.package_name() == WELL_KNOWN
                        || marked_secret(target).is_some()
                        || is_secret(target))
            });
            !told && sounds_secret(field.name())
        };
        if let Some(field) = message.fields().find(looks_secret) {
            let reason = "looks like a secret: declare whether its message is one, by `option \
                          (codegen.message).secret = true;` or `false`";
            self.refuse(field.path(), field.full_name(), reason);
        }
    }

    fn export(&mut self, name: &str, path: &[i32], what: &str) {
        if let Err(reason) = names::check_type(name) {
            self.refuse(path, what, &reason);
        }
        if let Some(other) = self.names.insert(name.to_owned(), what.to_owned()) {
            let reason = format!("becomes `{name}`, as `{other}` does");
            self.refuse(path, what, &reason);
        }
    }

    /// The comment above an item, as prose.
    fn docs(&mut self, path: &[i32], what: &str) -> String {
        let comment = self.location(path).and_then(|location| location.leading_comments.clone());
        let lines: Vec<&str> =
            comment.iter().flat_map(|text| text.lines()).map(str::trim).collect();
        let text = lines.join("\n").trim().to_owned();
        if text.is_empty() {
            self.refuse(path, what, "has no comment: explain it to a user");
        } else if let Err(reason) = markdown::check(&text) {
            self.refuse(path, what, &reason);
        }
        text
    }

    fn location(
        &self,
        path: &[i32],
    ) -> Option<&protox::prost_reflect::prost_types::source_code_info::Location> {
        let info = self.file.file_descriptor_proto().source_code_info.as_ref()?;
        // Options are listed by the fields that they set, one level below.
        let exact = info.location.iter().find(|location| location.path == path);
        exact.or_else(|| info.location.iter().find(|location| location.path.starts_with(path)))
    }

    fn line(&self, path: &[i32]) -> Option<i32> {
        self.location(path)?.span.first().map(|line| line + 1)
    }

    fn refuse(&mut self, path: &[i32], what: &str, reason: &str) {
        let line = self.line(path).map(|line| format!(":{line}")).unwrap_or_default();
        self.refusals.push(format!("proto/{}{line}: `{what}` {reason}", self.file.name()));
    }
}

/// The generator's options on one item.
struct Options(Option<DynamicMessage>);

impl Options {
    fn of(options: &DynamicMessage, extension: &str) -> Self {
        let pool = options.descriptor().parent_pool().clone();
        let given = pool
            .get_extension_by_name(extension)
            .filter(|extension| options.has_extension(extension))
            .map(|extension| options.get_extension(&extension).into_owned());
        Self(given.and_then(|given| given.as_message().cloned()))
    }

    fn get(&self, name: &str) -> Option<Given> {
        let message = self.0.as_ref()?;
        let set = message.has_field_by_name(name);
        set.then(|| message.get_field_by_name(name).map(std::borrow::Cow::into_owned)).flatten()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str().map(str::to_owned)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let given = self.get(name);
        let values = given.as_ref().and_then(Given::as_list).unwrap_or_default();
        values.iter().filter_map(Given::as_str).map(str::to_owned).collect()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.as_u32().map(u64::from)
    }
}

fn is_deprecated(field: &FieldDescriptor) -> bool {
    field.field_descriptor_proto().options.as_ref().is_some_and(|options| options.deprecated())
}

/// Whether a name contains a word for secrets: alone, in the plural, or joined with others.
fn sounds_secret(name: &str) -> bool {
    let snake = name.to_snake_case();
    let joined = name.to_lowercase().replace('_', "");
    let is_secret = |word: &str| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let word = word.strip_suffix('s').unwrap_or(word);
        SECRETIVE.contains(&word) || word.ends_with("key")
    };
    snake.split('_').any(is_secret)
        || SECRETIVE.iter().any(|word| word.len() > 3 && joined.contains(word))
}

fn marked_secret(message: &MessageDescriptor) -> Option<bool> {
    Options::of(&message.options(), "codegen.message").flag("secret")
}

/// Whether a message is marked as secret, or nested in one that is.
fn is_secret(message: &MessageDescriptor) -> bool {
    let outer = message.parent_message().is_some_and(|outer| is_secret(&outer));
    outer || marked_secret(message).unwrap_or_default()
}

/// The types of a secret message: itself and its oneofs.
fn secrets(message: &MessageDescriptor) -> Vec<Secret> {
    let package = message.package_name().split('.').map(|part| part.to_snake_case());
    let package: Vec<String> = package.collect();
    let secret = |name: &str, path: String| Secret {
        full_name: format!(".{name}"),
        path: package
            .iter()
            .cloned()
            .chain(path.split("::").map(|part| part.trim_start_matches("r#").to_owned()))
            .collect(),
    };
    let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic());
    let mut secrets = vec![secret(message.full_name(), wire_path(message))];
    secrets.extend(oneofs.map(|oneof| secret(oneof.full_name(), oneof_path(message, &oneof))));
    secrets.extend(message.child_enums().map(|one| {
        let name = one.name().to_upper_camel_case();
        secret(one.full_name(), format!("{}::{name}", module_path(message)))
    }));
    secrets
}

fn oneof_path(message: &MessageDescriptor, oneof: &OneofDescriptor) -> String {
    format!("{}::{}", module_path(message), oneof.name().to_upper_camel_case())
}

/// The message, and those nested in it.
fn collect(message: &MessageDescriptor, into: &mut Vec<MessageDescriptor>) {
    if message.is_map_entry() {
        return;
    }
    into.push(message.clone());
    for child in message.child_messages() {
        collect(&child, into);
    }
}

/// The fields in the order of the file; the library sorts them by number.
fn fields_of(message: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> {
    let fields = message.descriptor_proto().field.iter();
    fields.filter_map(|field| message.get_field_by_name(field.name()))
}

fn values_of(one: &EnumDescriptor) -> impl Iterator<Item = EnumValueDescriptor> {
    let values = one.enum_descriptor_proto().value.iter();
    values.filter_map(|value| one.get_value_by_name(value.name()))
}

/// The name of a model. Modules do not nest, so the names of outer messages come first.
fn model_name(message: &MessageDescriptor) -> String {
    let outer = message.parent_message().map(|outer| model_name(&outer)).unwrap_or_default();
    outer + &message.name().to_upper_camel_case()
}

fn enum_name(one: &EnumDescriptor) -> String {
    let outer = one.parent_message().map(|outer| model_name(&outer)).unwrap_or_default();
    outer + &one.name().to_upper_camel_case()
}

/// The module of the wire layer for a message's nested types.
fn module_path(message: &MessageDescriptor) -> String {
    let own = names::written(&message.name().to_snake_case());
    match message.parent_message() {
        Some(outer) => format!("{}::{own}", module_path(&outer)),
        None => own,
    }
}

/// The path of a message's type in the wire layer.
fn wire_path(message: &MessageDescriptor) -> String {
    let own = message.name().to_upper_camel_case();
    match message.parent_message() {
        Some(outer) => format!("{}::{own}", module_path(&outer)),
        None => own,
    }
}

fn scalar(kind: &WireKind) -> Option<&'static str> {
    Some(match kind {
        WireKind::Double => "f64",
        WireKind::Float => "f32",
        WireKind::Int32 | WireKind::Sint32 | WireKind::Sfixed32 => "i32",
        WireKind::Int64 | WireKind::Sint64 | WireKind::Sfixed64 => "i64",
        WireKind::Uint32 | WireKind::Fixed32 => "u32",
        WireKind::Uint64 | WireKind::Fixed64 => "u64",
        WireKind::Bool => "bool",
        _ => return None,
    })
}

/// Whether a value of `from` can contain one of `to`, other than in a list.
fn reaches(from: &MessageDescriptor, to: &MessageDescriptor) -> bool {
    let mut open = vec![from.clone()];
    let mut seen = BTreeSet::new();
    while let Some(message) = open.pop() {
        if message == *to {
            return true;
        }
        if seen.insert(message.full_name().to_owned()) {
            let fields = message.fields().filter(|field| !field.is_list() && !field.is_map());
            open.extend(fields.filter_map(|field| field.kind().as_message().cloned()));
        }
    }
    false
}

/// Marks the messages that may contain a timestamp, at any depth.
fn find_fallible(messages: &mut [Message], oneofs: &mut [Oneof]) {
    let mut fallible: BTreeSet<String> = BTreeSet::new();
    loop {
        let can_fail = |kind: &Kind| match kind {
            Kind::Instant => true,
            Kind::Message { name, .. } => fallible.contains(name),
            _ => false,
        };
        let new_oneofs =
            oneofs.iter().filter(|one| one.cases.iter().any(|case| can_fail(&case.kind)));
        let new_messages = messages.iter().filter(|one| {
            one.fields.iter().any(|field| match &field.shape {
                Shape::Oneof(name) => fallible.contains(name),
                shape => shape.kind().is_some_and(can_fail),
            })
        });
        let new: BTreeSet<String> = new_oneofs
            .map(|one| one.name.clone())
            .chain(new_messages.map(|one| one.name.clone()))
            .collect();
        if new == fallible {
            break;
        }
        fallible = new;
    }
    for message in messages {
        message.fallible = fallible.contains(&message.name);
    }
    for oneof in oneofs {
        oneof.fallible = fallible.contains(&oneof.name);
    }
}
