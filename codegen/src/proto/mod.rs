//! The gRPC half of the generator: from `.proto` files to models, requests and clients.
//!
//! protox reads the files. tonic-prost-build generates the wire layer, which is not modified.
//! Models and clients in the style of the HTTP crates are built on top of it, with conversions
//! between the two layers.

mod emit;
mod lower;
mod model;

use std::{
    collections::BTreeMap,
    error::Error,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use prost_types::{FileDescriptorProto, FileDescriptorSet};
use protox::prost_reflect::{DescriptorPool, FileDescriptor};
use quote::quote;

use crate::{Files, emit::print, names};
use lower::{Lowered, Secret};

/// The package of our options.
const OPTIONS: &str = "codegen";
const OPTIONS_FILE: &str = "codegen/options.proto";
const WELL_KNOWN: &str = "google.protobuf";
const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

/// The reason why nothing was generated: a line for each mistake, with file, line, place and
/// reason.
#[derive(Debug)]
pub struct Refusals(Vec<String>);

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Error for Refusals {}

/// The `.proto` files of the workspace.
#[must_use]
pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto")
}

/// The descriptors of every `.proto` file below a folder, comments included.
///
/// # Errors
///
/// Fails if a file is missing or not valid.
pub fn descriptors(folder: &Path) -> Result<FileDescriptorSet, Refusals> {
    Ok(FileDescriptorSet { file: compile(folder)?.file_descriptor_protos().cloned().collect() })
}

/// The files generated from the `.proto` files below a folder, by vendor, and by path below the
/// vendor's `generated` folder.
///
/// # Errors
///
/// Fails if a `.proto` file is missing, not valid, or contains something that is not supported.
pub fn generate(folder: &Path) -> Result<BTreeMap<String, Files>, Refusals> {
    generate_for(folder, &|_| Ok(()))
}

/// Like [`generate`]. `check_vendor` returns the reason if files cannot be written for a vendor.
pub(crate) fn generate_for(
    folder: &Path,
    check_vendor: &dyn Fn(&str) -> Result<(), String>,
) -> Result<BTreeMap<String, Files>, Refusals> {
    let pool = compile(folder)?;
    let mut refusals = Vec::new();
    let files: Vec<FileDescriptor> =
        pool.files().filter(|file| ![OPTIONS, WELL_KNOWN].contains(&file.package_name())).collect();
    // Other files refer to them, so the wire layer's generator needs them.
    let well_known: Vec<&FileDescriptorProto> = pool
        .file_descriptor_protos()
        .filter(|file| file.package() == WELL_KNOWN && file.name() != DESCRIPTOR)
        .collect();
    let mut vendors: BTreeMap<String, Vec<(&FileDescriptorProto, Lowered)>> = BTreeMap::new();
    for file in &files {
        let lowered = lower::file(file, check_vendor, &mut refusals);
        let files = vendors.entry(lowered.vendor.clone()).or_default();
        if let Some((other, _)) =
            files.iter().find(|(other, _)| other.package() == file.package_name())
        {
            refusals.push(format!(
                "proto/{}: the package `{}` is also in {}: put both in one file",
                file.name(),
                file.package_name(),
                other.name()
            ));
        }
        let module = lowered.module.as_ref();
        let same = module.and_then(|module| {
            let named =
                |one: &Lowered| one.module.as_ref().is_some_and(|it| it.name == module.name);
            let mut others = files.iter().filter(|(it, _)| it.package() != file.package_name());
            others.find(|(_, other)| named(other))
        });
        if let (Some(module), Some((other, _))) = (module, same) {
            refusals.push(format!(
                "{}:{}: the module `{}` is also that of proto/{}: give each package its own module",
                module.file,
                module.line,
                module.name,
                other.name()
            ));
        }
        files.push((file.file_descriptor_proto(), lowered));
    }
    if !refusals.is_empty() {
        return Err(Refusals(refusals));
    }
    let mut generated = BTreeMap::new();
    for (vendor, files) in vendors {
        generated.insert(vendor.clone(), vendor_files(&vendor, files, &well_known)?);
    }
    Ok(generated)
}

fn vendor_files(
    vendor: &str,
    sources: Vec<(&FileDescriptorProto, Lowered)>,
    well_known: &[&FileDescriptorProto],
) -> Result<Files, Refusals> {
    let secret: Vec<Secret> =
        sources.iter().flat_map(|(_, lowered)| lowered.secret.clone()).collect();
    let mut files = Files::new();
    let descriptors = sources.iter().map(|(file, _)| *file).chain(well_known.iter().copied());
    for (name, text) in wire_layer(descriptors, &secret)? {
        files.insert(format!("proto/{name}"), text);
    }
    let mut modules = Vec::new();
    for (_, lowered) in sources {
        if let Some(module) = lowered.module {
            files.extend(emit::module(vendor, &module));
            modules.push(module);
        }
    }
    let mut root = "// @generated by codegen from proto; do not edit.\n".to_owned();
    let names = modules.iter().map(|module| module.name.as_str());
    for name in std::iter::once("proto").chain(names) {
        root.push_str(&format!("\n#[rustfmt::skip]\npub mod {};\n", names::written(name)));
    }
    files.insert("mod.rs".to_owned(), root);
    files.insert("operations.md".to_owned(), emit::operations(&modules));
    Ok(files)
}

/// The output of tonic-prost-build, a file for each package, and the enclosing modules.
fn wire_layer<'a>(
    descriptors: impl Iterator<Item = &'a FileDescriptorProto>,
    secret: &[Secret],
) -> Result<Files, Refusals> {
    let services = tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .service_generator();
    let module = |file: &FileDescriptorProto| {
        prost_build::Module::from_protobuf_package_name(file.package())
    };
    // The comments become the documentation of the models.
    let generated = prost_build::Config::new()
        .bytes(["."])
        .btree_map(["."])
        .disable_comments(["."])
        .skip_debug(secret.iter().map(|secret| secret.full_name.as_str()))
        .service_generator(services)
        .generate(descriptors.map(|file| (module(file), file.clone())).collect());
    let generated = generated.map_err(|error| Refusals(vec![error.to_string()]))?;

    let mut files = Files::new();
    let mut root = Tree::default();
    for (module, code) in generated {
        if module.parts().eq(WELL_KNOWN.split('.')) {
            continue;
        }
        let name = module.to_file_name_or("root");
        let leaf = module
            .parts()
            .fold(&mut root, |tree, part| tree.modules.entry(part.to_owned()).or_default());
        leaf.file = Some(name.clone());
        files.insert(name, code);
    }
    let mut text = "// @generated by codegen from proto; do not edit.\n\n".to_owned();
    root.write(&mut text, 0);
    if !secret.is_empty() {
        text.push_str("mod secret;\n");
        files.insert("secret.rs".to_owned(), secrets(secret));
    }
    files.insert("mod.rs".to_owned(), text);
    Ok(files)
}

/// Modules, nested like the packages.
#[derive(Default)]
struct Tree {
    file: Option<String>,
    modules: BTreeMap<String, Self>,
}

impl Tree {
    fn write(&self, text: &mut String, depth: usize) {
        let indent = "    ".repeat(depth);
        if let Some(file) = &self.file {
            text.push_str(&format!("{indent}include!(\"{file}\");\n"));
        }
        for (name, inner) in &self.modules {
            text.push_str(&format!("{indent}pub mod {name} {{\n"));
            inner.write(text, depth + 1);
            text.push_str(&format!("{indent}}}\n"));
        }
    }
}

/// `Debug` for messages whose derived `Debug` would print secrets.
fn secrets(secret: &[Secret]) -> String {
    let impls = secret.iter().map(|Secret { path, .. }| {
        let label = path.last().map(String::as_str).unwrap_or_default();
        let path = path.iter().map(|part| names::ident(part));
        emit::redacted(label, &quote!(super::#(#path)::*))
    });
    let header = "// @generated by codegen from proto; do not edit.\n\n";
    header.to_owned()
        + &print(
            std::iter::once(quote!(
                use std::fmt;
            ))
            .chain(impls),
        )
}

fn compile(folder: &Path) -> Result<DescriptorPool, Refusals> {
    let mut paths = Vec::new();
    find(folder, &mut paths)
        .map_err(|error| Refusals(vec![format!("{}: {error}", folder.display())]))?;
    paths.sort();
    // The options are in the sources of the workspace.
    let mut includes = vec![folder.to_owned()];
    if !folder.join(OPTIONS_FILE).exists() {
        includes.push(sources());
    }
    let shown = Path::new("proto");
    let mut compiler = protox::Compiler::new(includes)
        .map_err(|error| Refusals(vec![described(&error, folder, shown)]))?;
    compiler.include_source_info(true).include_imports(true);
    let mut mistakes = Vec::new();
    for path in &paths {
        if let Err(error) = compiler.open_file(path) {
            mistakes.push(described(&error, path, shown));
        }
    }
    if mistakes.is_empty() { Ok(compiler.descriptor_pool()) } else { Err(Refusals(mistakes)) }
}

/// An error of the compiler with file, below `folder`, and line. If the compiler reports no place,
/// the file at `path` ended too early.
pub(crate) fn described(error: &protox::Error, path: &Path, folder: &Path) -> String {
    // The `Debug` format includes file and line.
    let text = format!("{error:?}");
    let file = error.file().unwrap_or_default();
    if text.starts_with(file) && !file.is_empty() {
        return format!("{}/{text}", folder.display());
    }
    let lines = fs::read_to_string(path).map(|text| text.lines().count()).unwrap_or_default();
    match lines {
        0 => format!("{}: {text}", path.display()),
        lines => format!("{}:{lines}: {text}", path.display()),
    }
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            paths.push(path);
        }
    }
    Ok(())
}
