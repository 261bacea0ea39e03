//! Collects the documentation examples of the generated modules, so that the tests run each of
//! them: a new operation is tested without a change here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a build of tests stops at the first error")]

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let mut list = String::new();
    let mut functions = String::new();
    for package in ["fastly_billing", "scaleway_billing"] {
        let generated =
            root.join("../crates").join(package.replace('_', "-")).join("src/generated");
        println!("cargo::rerun-if-changed={}", generated.display());
        for version in sorted(&generated).iter().filter(|path| path.is_dir()) {
            let module = version.file_name().unwrap().to_str().unwrap();
            let is_api =
                |path: &&PathBuf| path.file_name().unwrap().to_str().unwrap().ends_with("_api.rs");
            for file in sorted(version).iter().filter(is_api) {
                for method in methods(&fs::read_to_string(file).unwrap()) {
                    let path = format!("{package}::{module}::{}", method.name);
                    let function = path.replace("::", "_");
                    let has_body = !method.signature.contains("Response<()>");
                    let catches = method.example.contains("Err(");
                    list.push_str(&format!(
                        "Example {{ path: {path:?}, has_body: {has_body}, catches: {catches}, \
                         call: |clients| Box::pin({function}(&clients.{package})) }},\n"
                    ));
                    functions.push_str(&format!(
                        "async fn {function}(client: &{package}::Client) -> \
                         Result<(), {package}::Error> {{\n{}Ok(())\n}}\n",
                        method.example
                    ));
                }
            }
        }
    }
    let text = format!("pub(super) const EXAMPLES: &[Example] = &[\n{list}];\n{functions}");
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("examples.rs"), text).unwrap();
}

fn sorted(folder: &Path) -> BTreeSet<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// A method that makes a call.
struct Method {
    name: String,
    signature: String,
    /// The lines of its example that are shown.
    example: String,
}

/// The methods of an API that return a future, parsed from its module.
fn methods(text: &str) -> Vec<Method> {
    let mut methods = Vec::new();
    let mut example = String::new();
    let mut in_example = false;
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        match line.strip_prefix("///").map(|line| line.strip_prefix(' ').unwrap_or(line)) {
            Some("```no_run") => in_example = true,
            Some("```") => in_example = false,
            // Hidden lines are the function around it.
            Some(line) if line.starts_with("# ") => {}
            Some(line) if in_example => {
                example.push_str(&line.replace("&Client::from_env()?", "client"));
                example.push('\n');
            }
            Some(_) => {}
            None if line.starts_with("pub async fn ") => {
                let mut signature = line.trim_start_matches("pub async fn ").to_owned();
                let name = signature.split('(').next().unwrap().to_owned();
                while !signature.ends_with('{') {
                    signature.push_str(lines.next().unwrap());
                }
                assert!(!example.is_empty(), "{name} has no example");
                methods.push(Method { name, signature, example: std::mem::take(&mut example) });
            }
            None if line.starts_with("pub fn ") => example.clear(),
            None => {}
        }
    }
    methods
}
