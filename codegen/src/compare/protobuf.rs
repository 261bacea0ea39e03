//! Reads `.proto` files, ours or a vendor's.

use std::path::{Path, PathBuf};

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::{Fact, Facts};
use crate::{Failure, files, proto};

/// Facts from the vendor's file, and its package. Imports are searched for in each folder above the
/// file, the nearest first.
pub(super) fn vendor(file: &Path) -> Result<(Facts, String), Failure> {
    let file = file.canonicalize().map_err(|error| Failure::Io(file.to_owned(), error))?;
    let mut failure = None;
    for folder in file.ancestors().skip(1) {
        match protox::compile([&file], [folder]) {
            Ok(set) => {
                let package = set.file.last().map(|file| file.package().to_owned());
                return Ok((facts(set.file.last()), package.unwrap_or_default()));
            }
            Err(error) => {
                let told = || Failure::Layout(proto::described(&error, &file, folder));
                failure = failure.or_else(|| Some(told()));
            }
        }
    }
    Err(failure.unwrap_or_else(|| Failure::Layout(format!("{}: file not found", file.display()))))
}

/// Facts from our files of a package.
pub(super) fn ours(folder: &Path, package: &str) -> Result<Facts, Failure> {
    let mut sources: Vec<PathBuf> = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(files::list(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            sources.push(path);
        }
    }
    let set = protox::compile(&sources, [folder])
        .map_err(|error| Failure::Layout(proto::described(&error, folder, folder)))?;
    Ok(facts(set.file.iter().filter(|file| file.package() == package)))
}

fn facts<'a>(files: impl IntoIterator<Item = &'a FileDescriptorProto>) -> Facts {
    let mut facts = Facts::new();
    for file in files {
        let package = file.package();
        for service in &file.service {
            let place = vec![format!("service {package}.{}", service.name())];
            facts.insert(place.clone(), Fact::default());
            for method in &service.method {
                let stream = |streams| if streams { "stream " } else { "" };
                let kind = format!(
                    "{}{} to {}{}",
                    stream(method.client_streaming()),
                    method.input_type(),
                    stream(method.server_streaming()),
                    method.output_type()
                );
                let place = [&place[..], &[method.name().to_owned()]].concat();
                facts.insert(place, Fact { kind, ..Fact::default() });
            }
        }
        for message in &file.message_type {
            add_message(&mut facts, package, message);
        }
        for one in &file.enum_type {
            add_enum(&mut facts, package, one);
        }
    }
    facts
}

fn add_message(facts: &mut Facts, scope: &str, message: &DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    let place = vec![format!("message {name}")];
    facts.insert(place.clone(), Fact::default());
    for field in &message.field {
        let label = match field.label() {
            Label::Repeated => "repeated ",
            _ if field.proto3_optional() => "optional ",
            _ => "",
        };
        let kind = match field.r#type() {
            Type::Message | Type::Enum | Type::Group => field.type_name().to_owned(),
            scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
        };
        let group = field.oneof_index.filter(|_| !field.proto3_optional());
        let group = group.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
        let group = group.map(|group| format!(" of oneof {}", group.name())).unwrap_or_default();
        let kind = format!("{label}{kind} = {}{group}", field.number());
        let place = [&place[..], &[field.name().to_owned()]].concat();
        facts.insert(place, Fact { kind, ..Fact::default() });
    }
    for inner in &message.nested_type {
        add_message(facts, &name, inner);
    }
    for inner in &message.enum_type {
        add_enum(facts, &name, inner);
    }
}

fn add_enum(facts: &mut Facts, scope: &str, one: &EnumDescriptorProto) {
    let values = one.value.iter().map(|value| format!("{} = {}", value.name(), value.number()));
    let fact = Fact { values: values.collect(), ..Fact::default() };
    facts.insert(vec![format!("enum {scope}.{}", one.name())], fact);
}
