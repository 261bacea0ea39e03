//! The published packages: their files, their metadata and their dependencies.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The published packages, in dependency order, and their folders.
const PUBLISHED: [(&str, &str); 6] = [
    ("billing-sdk-core", "sdk-core"),
    ("scaleway-billing", "scaleway-billing"),
    ("fastly-billing", "fastly-billing"),
    ("viam-billing", "viam-billing"),
    ("billing-sandbox", "billing-sandbox"),
    ("billing-focus", "billing-focus"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn metadata() -> Value {
    serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--locked"])).unwrap()
}

fn files_below(folder: &Path, prefix: &str, files: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files_below(&entry.path(), &name, files);
        } else {
            files.insert(name);
        }
    }
}

#[test]
fn packages_contain_only_sources_readme_and_licences() {
    for (package, folder) in PUBLISHED {
        let folder = root().join("crates").join(folder);
        let mut expected: BTreeSet<String> =
            ["Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "LICENSE-APACHE", "LICENSE-MIT"]
                .into_iter()
                .chain(["README.md"])
                .map(str::to_owned)
                .collect();
        files_below(&folder.join("src"), "src", &mut expected);
        files_below(&folder.join("examples"), "examples", &mut expected);

        let list = cargo(&["package", "--list", "--allow-dirty", "--package", package]);
        let mut packaged: BTreeSet<String> =
            list.lines().map(|line| line.replace('\\', "/")).collect();
        // Cargo adds it in a repository.
        packaged.remove(".cargo_vcs_info.json");
        assert_eq!(packaged, expected, "{package}");
    }
}

#[test]
fn licence_files_match_the_workspace() {
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let text = fs::read(root().join(name)).unwrap();
        for (package, folder) in PUBLISHED {
            let copy = fs::read(root().join("crates").join(folder).join(name)).unwrap();
            assert!(copy == text, "{name} of {package} differs from that of the workspace");
        }
    }
}

#[test]
fn published_packages_have_metadata() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let own = packages.iter().filter(|package| package["source"].is_null());
    for package in own {
        let name = package["name"].as_str().unwrap();
        let publishable = package["publish"].is_null();
        assert_eq!(publishable, PUBLISHED.iter().any(|(known, _)| *known == name), "{name}");
        if !publishable {
            let targets = package["targets"].as_array().unwrap().iter();
            let documented = |target: &&Value| {
                let kind = target["kind"][0].as_str().unwrap_or_default();
                ["lib", "bin"].contains(&kind) && target["doc"] == true
            };
            assert_eq!(targets.filter(documented).count(), 0, "{name} is documented");
            continue;
        }
        for key in ["description", "license", "repository", "readme", "rust_version"] {
            assert!(package[key].is_string(), "{name} has no `{key}`");
        }
        assert_eq!(package["documentation"], format!("https://docs.rs/{name}"));
        assert_eq!(package["metadata"]["docs"]["rs"]["all-features"], true, "{name}");
        let keywords = package["keywords"].as_array().unwrap();
        assert!((1..=5).contains(&keywords.len()), "{name}: a registry takes five keywords");
        assert!(!package["categories"].as_array().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn examples_have_unique_names_and_are_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut seen = BTreeSet::new();
    for (package, folder) in PUBLISHED {
        let mut files = BTreeSet::new();
        files_below(&root().join("crates").join(folder).join("examples"), "", &mut files);
        for file in files {
            let name = file.trim_start_matches('/').trim_end_matches(".rs").to_owned();
            assert!(readme.contains(&format!("`{name}`")), "the README lacks {package}'s {name}");
            assert!(seen.insert(name), "two examples write the same program: {file}");
        }
    }
}

/// The strings of a list in `deny.toml`.
fn list(deny: &str, key: &str) -> Vec<String> {
    let start = deny.find(&format!("\n{key} = [")).unwrap();
    let end = deny[start..].find(']').unwrap();
    let strings = deny[start..start + end].split('"').skip(1).step_by(2);
    strings.map(str::to_owned).collect()
}

#[test]
fn dependencies_have_allowed_licences_and_sources() {
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    let licences = list(&deny, "allow");
    let registries = list(&deny, "allow-registry");
    assert!(licences.len() > 1 && registries.len() == 1);

    let metadata = metadata();
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let Some(source) = package["source"].as_str() else { continue };
        let name = &package["id"];
        if !registries.iter().any(|registry| source == format!("registry+{registry}")) {
            problems.push(format!("{name} comes from {source}"));
        }
        let licence = package["license"].as_str().unwrap_or_default();
        let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX);
        let allowed = expression.is_ok_and(|expression| {
            expression.evaluate(|requirement| {
                let id = requirement.license.id().map_or("", |id| id.name);
                licences.iter().any(|allowed| allowed == id)
            })
        });
        if !allowed {
            problems.push(format!("{name} has the licence {licence:?}"));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}
