//! The configuration file and its profiles.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use sdk_core::{
    Error, Result,
    environment::{self, Lookup},
};
use serde_yaml_ng::{Mapping, Value};

use super::{CONFIG_PATH, DEFAULT_PROFILE, PROFILE, Setting, is_uuid, no_bool, parse_bool};

pub(super) const CONFIG_HOME: &str = "XDG_CONFIG_HOME";
pub(super) const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

enum FileSearch {
    Found(ConfigFile),
    /// No file was found, for this reason, which starts with a lowercase letter.
    Missing(String),
}

/// Finds and reads the configuration file. A missing file is an error only if a variable names it.
fn find_file(lookup: &Lookup<'_>) -> Result<FileSearch> {
    let folder = |name| environment::path(lookup, name);
    if let Some(path) = folder(CONFIG_PATH) {
        // The message does not repeat a path that does not exist: it might be a secret.
        let named = format!("the file that {CONFIG_PATH} names");
        return match open(&path).map_err(|error| cannot_read(&named, &error))? {
            Some(file) => Ok(FileSearch::Found(ConfigFile::read(path, file)?)),
            None => Err(Error::config(format!("{named} does not exist"))),
        };
    }
    let Some(folder) = folder(CONFIG_HOME).or_else(|| Some(folder(HOME)?.join(".config"))) else {
        let reason =
            format!("there is none: neither {CONFIG_PATH}, {CONFIG_HOME} nor {HOME} is set");
        return Ok(FileSearch::Missing(reason));
    };
    let path = folder.join("scw").join("config.yaml");
    for path in [path.clone(), path.with_extension("yml")] {
        let shown = path.display().to_string();
        if let Some(file) = open(&path).map_err(|error| cannot_read(&shown, &error))? {
            return Ok(FileSearch::Found(ConfigFile::read(path, file)?));
        }
    }
    Ok(FileSearch::Missing(format!("there is no {}", path.display())))
}

/// Opens a file; returns `None` if it does not exist.
fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) => match error.kind() {
            // Service accounts often have a home such as /dev/null.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

fn cannot_read(what: &str, error: &io::Error) -> Error {
    Error::config(format!("{what} cannot be read: {error}"))
}

#[cfg(unix)]
fn warn_if_shared(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(metadata) = file.metadata() else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        tracing::warn!(
            path = %path.display(),
            mode = %format_args!("{mode:04o}"),
            "other users may access the configuration file with the secret key: set its mode to 0600"
        );
    }
}

#[cfg(not(unix))]
fn warn_if_shared(_: &Path, _: &File) {}

/// Far more than the profiles of one user need.
const MAX_FILE_SIZE: u64 = 64 * 1024;

/// Returns whether lists or maps are nested more deeply, in brackets or on one line, than in any
/// valid configuration file.
fn is_deep(yaml: &str) -> bool {
    const DEEPEST: usize = 16;
    let mut brackets = 0_usize;
    for line in yaml.lines() {
        let markers =
            line.split_ascii_whitespace().take_while(|word| matches!(*word, "-" | "?" | ":"));
        if markers.count() > DEEPEST {
            return true;
        }
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => brackets += 1,
                b']' | b'}' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if brackets > DEEPEST {
                return true;
            }
        }
    }
    false
}

/// A configuration file: its top-level keys, including the profiles.
struct ConfigFile {
    path: PathBuf,
    top: Mapping,
}

impl ConfigFile {
    /// Reads the file, unless it is larger or more deeply nested than a valid one, because such a
    /// file could keep the YAML parser busy for a long time.
    fn read(path: PathBuf, mut file: File) -> Result<Self> {
        warn_if_shared(&path, &file);
        let shown = path.display();
        let mut text = String::new();
        let mut beginning = (&mut file).take(MAX_FILE_SIZE + 1);
        let length = beginning
            .read_to_string(&mut text)
            .map_err(|error| cannot_read(&shown.to_string(), &error))?;
        if u64::try_from(length).is_ok_and(|length| length > MAX_FILE_SIZE) {
            let reason = format!("is larger than {MAX_FILE_SIZE} bytes");
            return Err(Error::config(format!(
                "{shown} {reason}: check that it is the right file"
            )));
        }
        if is_deep(&text) {
            let reason = "has lists inside lists: it must contain `key: value` lines";
            return Err(Error::config(format!("{shown} {reason}")));
        }
        // The parser's message may quote the file, so only the position of the error is kept.
        let parsed = serde_yaml_ng::from_str(&text).and_then(|mut value: Value| {
            value.apply_merge()?;
            Ok(value)
        });
        match parsed {
            Ok(Value::Mapping(top)) => Ok(Self { path, top }),
            Ok(Value::Null) => Ok(Self { path, top: Mapping::new() }),
            Ok(_) => Err(Error::config(format!("{shown} does not consist of `key: value` lines"))),
            Err(error) => {
                let place = error.location().map_or_else(String::new, |place| {
                    format!(", line {}, column {}", place.line(), place.column())
                });
                Err(Error::config(format!("{shown} is not valid YAML{place}")))
            }
        }
    }

    /// Returns the profile that the file selects, or the one at its top.
    fn active_profile(self) -> Result<Profile> {
        let key = "active_profile";
        match get(&self.top, key) {
            Some(value) => {
                let source = format!("`{key}` in {}", self.path.display());
                let name = as_text(source, value)?;
                self.profile(&name.value, &name.source)
            }
            None => self.profile(DEFAULT_PROFILE, key),
        }
    }

    /// Returns the profile with this name, which `asker` selects.
    fn profile(self, name: &str, asker: &str) -> Result<Profile> {
        let Self { path, top } = self;
        let shown = path.display();
        if name == DEFAULT_PROFILE {
            return Ok(Profile { layers: vec![(format!("in {shown}"), top)] });
        }
        let profiles = match get(&top, "profiles") {
            Some(Value::Mapping(profiles)) => Some(profiles),
            Some(_) => {
                return Err(Error::config(format!(
                    "`profiles` in {shown} must contain names, each with its own `key: value` lines"
                )));
            }
            None => None,
        };
        let own = match profiles.and_then(|profiles| profiles.get(name)) {
            Some(Value::Mapping(own)) => own.clone(),
            Some(Value::Null) => Mapping::new(),
            Some(_) => {
                return Err(Error::config(format!(
                    "the profile that {asker} names must contain `key: value` lines, in {shown}"
                )));
            }
            None => {
                let known = known_names(profiles);
                return Err(Error::config(format!(
                    "{asker} names a profile that is not in {shown}; it has: {known}"
                )));
            }
        };
        let layers =
            vec![(format!("of the chosen profile in {shown}"), own), (format!("in {shown}"), top)];
        Ok(Profile { layers })
    }
}

/// Returns the names of the profiles, except any that could be a misplaced secret.
fn known_names(profiles: Option<&Mapping>) -> String {
    let names = profiles.into_iter().flat_map(Mapping::iter).filter_map(|(name, profile)| {
        let is_profile = profile.is_mapping() || profile.is_null();
        name.as_str().filter(|name| is_profile && !is_uuid(name))
    });
    std::iter::once(DEFAULT_PROFILE).chain(names).collect::<Vec<_>>().join(", ")
}

/// The effective keys, in order of precedence, each layer with its description for messages: `in
/// <file>`.
#[derive(Default)]
pub(super) struct Profile {
    layers: Vec<(String, Mapping)>,
}

impl Profile {
    /// Returns the profile that the environment or the file selects, and where its keys belong.
    pub(super) fn from_env(lookup: &Lookup<'_>) -> Result<(Self, String)> {
        let name = environment::optional_variable(lookup, PROFILE)?;
        let named = name.as_ref().is_some_and(|name| name != DEFAULT_PROFILE);
        match find_file(lookup)? {
            FileSearch::Found(file) => {
                let place = format!("in {}", file.path.display());
                let profile = match name {
                    Some(name) => file.profile(&name, PROFILE)?,
                    None => file.active_profile()?,
                };
                Ok((profile, place))
            }
            FileSearch::Missing(reason) if named => {
                Err(Error::config(format!("{PROFILE} selects a profile, but {reason}")))
            }
            FileSearch::Missing(reason) => {
                Ok((Self::default(), format!("in a configuration file ({reason})")))
            }
        }
    }

    /// Returns the profile with this name, and the file.
    pub(super) fn named(name: &str, lookup: &Lookup<'_>) -> Result<(Self, String)> {
        let file = match find_file(lookup)? {
            FileSearch::Found(file) => file,
            FileSearch::Missing(reason) => {
                return Err(Error::config(format!("a profile is selected, but {reason}")));
            }
        };
        let shown = file.path.display().to_string();
        Ok((file.profile(name, "`from_profile`")?, shown))
    }

    /// Returns whether the profile asks for connections without certificate checks, and its place.
    pub(super) fn insecure(&self) -> Result<Option<(String, bool)>> {
        let Some((source, value)) = self.get("insecure") else { return Ok(None) };
        let value = match value {
            Value::Bool(value) => Some(*value),
            Value::String(text) => parse_yaml_bool(text),
            _ => None,
        };
        let value = value.ok_or_else(|| no_bool(&source))?;
        Ok(Some((source, value)))
    }

    /// Returns a value and its place in the file.
    fn get(&self, key: &str) -> Option<(String, &Value)> {
        self.layers
            .iter()
            .find_map(|(place, keys)| Some((format!("`{key}` {place}"), get(keys, key)?)))
    }

    /// Returns the string of a key.
    pub(super) fn text(&self, key: &str) -> Result<Option<Setting<String>>> {
        self.get(key).map(|(source, value)| as_text(source, value)).transpose()
    }
}

/// Returns the value of a key; null counts as unset.
fn get<'a>(mapping: &'a Mapping, key: &str) -> Option<&'a Value> {
    mapping.get(key).filter(|value| !value.is_null())
}

fn as_text(source: String, value: &Value) -> Result<Setting<String>> {
    let reason = match value {
        Value::String(text) if !text.is_empty() => {
            return Ok(Setting { value: text.clone(), source });
        }
        Value::String(_) => "is empty: give it a value, or remove it",
        Value::Number(_) => "must be a string, but YAML reads it as a number: put it in quotes",
        Value::Bool(_) => "must be a string, but YAML reads it as true or false: put it in quotes",
        _ => "must be a string on the line of its key",
    };
    Err(Error::config(format!("{source} {reason}")))
}

/// Like `parse_bool`, but also accepts the boolean words of YAML 1.1.
fn parse_yaml_bool(text: &str) -> Option<bool> {
    parse_bool(text).or_else(|| match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some(true),
        "no" | "off" => Some(false),
        _ => None,
    })
}
