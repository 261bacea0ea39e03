//! `cargo codegen compare`: compares a vendor's own description with ours.

mod openapi;
mod protobuf;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{Failure, files};

/// Facts about each place: an operation, a parameter, a property, a message, a field.
type Facts = BTreeMap<Vec<String>, Fact>;

#[derive(Debug, Default)]
struct Fact {
    /// The type, as far as both sides can express it; otherwise empty.
    kind: String,
    /// Whether a request must set it; `None` if unknown.
    required: Option<bool>,
    /// The values of an enum.
    values: BTreeSet<String>,
    /// Whether its contents are not compared, because it is hand-written or cannot be read.
    opaque: bool,
}

/// Compares the vendor's own `file`, OpenAPI (YAML or JSON) or Protocol Buffers, with our
/// descriptions under `root`, and returns a line for each difference. If `vendor` is set, OpenAPI
/// is compared only with the specs of that vendor.
///
/// # Errors
///
/// Fails if the file cannot be read or has nothing in common with our descriptions.
pub fn compare(root: &Path, file: &Path, vendor: Option<&str>) -> Result<Vec<String>, Failure> {
    if file.extension().is_some_and(|extension| extension == "proto") {
        if vendor.is_some() {
            let reason = "is compared with the files of its package: omit the vendor";
            return Err(Failure::Layout(format!("{} {reason}", file.display())));
        }
        let (theirs, package) = protobuf::vendor(file)?;
        let ours = protobuf::ours(&root.join("proto"), &package)?;
        return shared(file, &theirs, ours);
    }
    let theirs = openapi::facts(&file.display().to_string(), &files::read(file)?)?;
    let specs = root.join("codegen/specs");
    let folders = match vendor {
        None => files::list(&specs)?,
        Some(vendor) => {
            files::check_name(vendor).map_err(Failure::Layout)?;
            let folder = specs.join(vendor);
            if !folder.is_dir() {
                let reason = "does not exist: use a vendor that has specs";
                return Err(Failure::Layout(format!("{} {reason}", folder.display())));
            }
            vec![folder]
        }
    };
    let mut specs: Vec<Facts> = Vec::new();
    for folder in folders {
        for path in files::list(&folder)? {
            specs.extend(openapi::facts(&path.display().to_string(), &files::read(&path)?)?);
        }
    }
    let in_common = |theirs: &Facts| {
        let places = specs.iter().flat_map(BTreeMap::keys);
        places.filter(|place| theirs.contains_key(*place)).count()
    };
    // The server whose routes match ours.
    let theirs = theirs.into_iter().max_by_key(in_common).unwrap_or_default();
    let related = |facts: &Facts| facts.keys().any(|place| theirs.contains_key(place));
    let ours = specs.into_iter().filter(related).flatten().collect();
    shared(file, &theirs, ours)
}

fn shared(file: &Path, theirs: &Facts, ours: Facts) -> Result<Vec<String>, Failure> {
    if theirs.keys().any(|place| ours.contains_key(place)) {
        return Ok(differences(theirs, &ours));
    }
    let reason = "has no route or message in common with our descriptions";
    Err(Failure::Layout(format!("{}: {reason}", file.display())))
}

/// The differences: missing here, missing there, or unequal. If a whole operation or object is
/// missing, its contents are not listed.
fn differences(theirs: &Facts, ours: &Facts) -> Vec<String> {
    let above = |place: &[String], stop: &dyn Fn(&[String]) -> bool| {
        (1..place.len()).any(|length| stop(&place[..length]))
    };
    let opaque = |place: &[String]| {
        [ours, theirs].iter().any(|facts| facts.get(place).is_some_and(|fact| fact.opaque))
    };
    let mut lines = Vec::new();
    let mut missing = |from: &Facts, other: &Facts, word: &str| {
        let lacks = |place: &[String]| from.contains_key(place) && !other.contains_key(place);
        for (place, fact) in from {
            if lacks(place) && !above(place, &|place| lacks(place) || opaque(place)) {
                let kind = match fact.kind.as_str() {
                    "" => String::new(),
                    kind => format!(" ({kind})"),
                };
                lines.push((place.clone(), format!("{word}: {}{kind}", shown(place))));
            }
        }
    };
    missing(theirs, ours, "missing here");
    missing(ours, theirs, "only here");
    for (place, there) in theirs {
        let Some(here) = ours.get(place) else { continue };
        let mut tell = |what: String| lines.push((place.clone(), what));
        let at = shown(place);
        if there.kind != here.kind && !opaque(place) {
            tell(format!("differs: {at}: {} there, {} here", there.kind, here.kind));
        }
        let word = |required| if required { "required" } else { "optional" };
        if let (Some(theirs), Some(ours)) = (there.required, here.required)
            && theirs != ours
        {
            tell(format!("differs: {at}: {} there, {} here", word(theirs), word(ours)));
        }
        if !there.values.is_empty() && !opaque(place) {
            for value in there.values.difference(&here.values) {
                tell(format!("missing here: {at}: the value `{value}`"));
            }
            for value in here.values.difference(&there.values) {
                tell(format!("only here: {at}: the value `{value}`"));
            }
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn shown(place: &[String]) -> String {
    match place {
        [first, rest @ ..] if !rest.is_empty() => {
            format!("{first}: {}", rest.join(".").replace(".[]", "[]").replace(".{}", "{}"))
        }
        _ => place.concat(),
    }
}
