//! Typical search terms, listed in `tests/search`, find an item in the documentation.

use std::{collections::BTreeSet, fs, path::Path};

/// The name of every public item and every alias in the sources below a folder.
fn searchable(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            searchable(&path, words);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines().map(str::trim_start) {
            if let Some(alias) = line.strip_prefix("#[doc(alias = \"") {
                words.insert(alias.split('"').next().unwrap_or_default().to_owned());
            } else if let Some(item) = line.strip_prefix("pub ") {
                let name = item.trim_start_matches("async ").split(' ').nth(1).unwrap_or_default();
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '#');
                let name = &name[..end.unwrap_or(name.len())];
                words.insert(name.trim_start_matches("r#").to_owned());
            }
        }
    }
}

/// The spellings of a package that are missing in its sources.
fn missing<'a>(folder: &str, spellings: &'a str) -> Vec<&'a str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(folder).join("src");
    let mut words = BTreeSet::new();
    searchable(&folder, &mut words);
    spellings.lines().filter(|spelling| !words.contains(*spelling)).collect()
}

/// `.ci/public-api` looks for the same spellings in rustdoc's output.
#[test]
fn spellings_of_the_vendors_and_of_other_clients_are_found() {
    for (folder, spellings) in [
        ("scaleway-billing", include_str!("../../search/scaleway-billing.txt")),
        ("fastly-billing", include_str!("../../search/fastly-billing.txt")),
        ("viam-billing", include_str!("../../search/viam-billing.txt")),
        ("sdk-core", include_str!("../../search/billing-sdk-core.txt")),
    ] {
        assert_eq!(missing(folder, spellings), [""; 0], "{folder}");
    }
}
