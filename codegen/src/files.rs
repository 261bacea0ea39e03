//! Specs on disk, and what is written from them.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use crate::{CrateRoot, Files, Refusal, generate, proto};

/// A vendor with specs.
#[derive(Debug)]
pub struct Vendor {
    name: String,
    specs: Vec<(String, String)>,
    crate_root: CrateRoot,
    /// The folder that its files are written to, wholly owned by the generator.
    pub folder: PathBuf,
}

/// Why nothing was generated.
#[derive(Debug)]
pub enum Failure {
    /// A spec is not understood.
    Refusal(Refusal),
    /// A file cannot be read or written.
    Io(PathBuf, io::Error),
    /// A `.proto` file is not understood.
    Proto(Box<dyn std::error::Error>),
    /// The folders are not laid out as they should be.
    Layout(String),
    /// Several of these.
    Several(Vec<Self>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refusal(refusal) => refusal.fmt(f),
            Self::Proto(error) => error.fmt(f),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Layout(reason) => f.write_str(reason),
            Self::Several(failures) => {
                let texts: Vec<String> = failures.iter().map(Self::to_string).collect();
                f.write_str(&texts.join("\n"))
            }
        }
    }
}

impl std::error::Error for Failure {}

impl Vendor {
    /// The files that its folder should hold.
    ///
    /// # Errors
    ///
    /// A spec is not understood.
    pub fn generate(&self) -> Result<Files, Refusal> {
        generate(&self.name, &self.specs, &self.crate_root)
    }
}

/// The vendors under `codegen/specs` of the workspace at `root`.
///
/// # Errors
///
/// A folder cannot be read, or holds something else than specs.
pub fn vendors(root: &Path) -> Result<Vec<Vendor>, Failure> {
    let specs = root.join("codegen/specs");
    let mut vendors = Vec::new();
    for folder in list(&specs)?.into_iter().filter(|path| path.is_dir()) {
        let name = file_name(&folder);
        if let Err(reason) = check_name(&name) {
            return Err(Failure::Layout(format!("{}: {reason}", folder.display())));
        }
        let source = root.join(format!("crates/{name}-billing/src"));
        if !source.is_dir() {
            let reason = format!("does not exist: run `cargo codegen new-vendor {name}` first");
            return Err(Failure::Layout(format!("{} {reason}", source.display())));
        }
        let mut specs = Vec::new();
        for path in list(&folder)? {
            let file = file_name(&path);
            let extension = path.extension().map(|extension| extension.to_string_lossy());
            match extension.as_deref() {
                // What editors and file managers leave behind is hidden.
                Some("yaml") if !file.starts_with('.') => {}
                Some("yml" | "YAML" | "YML") => {
                    let reason = "is not read: specs are `<vendor>/*.yaml`; rename it";
                    return Err(Failure::Layout(format!("{} {reason}", path.display())));
                }
                _ => continue,
            }
            specs.push((format!("specs/{name}/{}", file_name(&path)), read(&path)?));
        }
        let crate_root = crate_root(&source)?;
        vendors.push(Vendor { folder: source.join("generated"), name, specs, crate_root });
    }
    Ok(vendors)
}

/// Every generated folder of the workspace at `root`, and what it should hold. All sources are read
/// before anything is done.
///
/// # Errors
///
/// A folder cannot be read, or a spec or a `.proto` file is not understood.
pub fn folders(root: &Path) -> Result<Vec<(PathBuf, Files)>, Failure> {
    let mut folders = Vec::new();
    let mut failures = Vec::new();
    for vendor in vendors(root)? {
        match vendor.generate() {
            Ok(files) => folders.push((vendor.folder, files)),
            Err(refusal) => failures.push(Failure::Refusal(refusal)),
        }
    }
    let source = |vendor: &str| root.join(format!("crates/{vendor}-billing/src"));
    let check_vendor = |vendor: &str| {
        if root.join("codegen/specs").join(vendor).exists() {
            let reason = "has specs, too: a vendor is described by specs or by `.proto` files";
            return Err(format!("`{vendor}` {reason}"));
        }
        if !source(vendor).is_dir() {
            let reason = "does not exist: correct the name, or create the crate first";
            return Err(format!("crates/{vendor}-billing/src {reason}"));
        }
        Ok(())
    };
    match proto::generate_for(&root.join("proto"), &check_vendor) {
        Ok(vendors) => folders.extend(
            vendors.into_iter().map(|(vendor, files)| (source(&vendor).join("generated"), files)),
        ),
        Err(error) => failures.push(Failure::Proto(Box::new(error))),
    }
    if failures.is_empty() { Ok(folders) } else { Err(Failure::Several(failures)) }
}

/// What the crate in this folder writes by hand.
fn crate_root(source: &Path) -> Result<CrateRoot, Failure> {
    let lib = read(&source.join("lib.rs"))?;
    let mut others = Vec::new();
    for path in list(source)? {
        if path.extension().is_some_and(|extension| extension == "rs") {
            others.push(read(&path)?);
        }
    }
    let unread = |error| Failure::Layout(format!("{}: {error}", source.display()));
    CrateRoot::read(&lib, others.iter().map(String::as_str)).map_err(unread)
}

pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::Io(path.to_owned(), error))
}

/// Refuses what cannot be the name of a vendor, and so of a folder and a crate.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let legal = name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let reason = "is not the name of a vendor: write lower case letters, digits and hyphens";
    if legal { Ok(()) } else { Err(format!("`{name}` {reason}")) }
}

/// What differs between a folder and the files it should hold, in words.
///
/// # Errors
///
/// The folder cannot be read.
pub fn differences(folder: &Path, files: &Files) -> Result<Vec<String>, Failure> {
    let mut differences = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(found) if found == text.as_bytes() => {}
            Ok(_) => differences.push(format!("different: {}", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                differences.push(format!("missing: {}", path.display()));
            }
            Err(error) => return Err(Failure::Io(path, error)),
        }
    }
    for path in stale(folder, files)? {
        differences.push(format!("stale: {}", path.display()));
    }
    Ok(differences)
}

/// Makes a folder hold these files and nothing else; tells how many changed.
///
/// # Errors
///
/// The folder cannot be written.
pub fn write(folder: &Path, files: &Files) -> Result<usize, Failure> {
    let mut changed = 0;
    for path in stale(folder, files)? {
        fs::remove_file(&path).map_err(|error| Failure::Io(path.clone(), error))?;
        // Fails while the folder has other files, which is right.
        let _ = path.parent().map(fs::remove_dir);
        changed += 1;
    }
    for (name, text) in files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
            continue;
        }
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| Failure::Io(path.clone(), error))?;
        changed += 1;
    }
    Ok(changed)
}

/// The files of a folder, at any depth, that should not be there.
fn stale(folder: &Path, files: &Files) -> Result<Vec<PathBuf>, Failure> {
    let mut stale = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(place) = open.pop() {
        for path in list(&place)? {
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
                continue;
            }
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            if !files.contains_key(&parts.join("/")) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

/// What is in a folder, in order; nothing if it does not exist.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::Io(folder.to_owned(), error)),
    };
    let paths: io::Result<Vec<_>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(|error| Failure::Io(folder.to_owned(), error))?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
