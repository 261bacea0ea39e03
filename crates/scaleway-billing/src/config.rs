//! Settings from the environment and from the configuration file of Scaleway's own tools.
//!
//! No message contains a value of a setting, because it might be a misplaced secret. Messages name
//! the variable, or the file and its key.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use sdk_core::{
    Error, Result, Secret,
    environment::{self, Lookup},
};
use serde_yaml_ng::{Mapping, Value};

/// The variables of each setting, in order of precedence. The first has the current name.
const ACCESS_KEY: &[&str] = &["SCW_ACCESS_KEY", LEGACY_KEY];
const SECRET_KEY: &[&str] = &["SCW_SECRET_KEY", "SCW_TOKEN", "SCALEWAY_TOKEN", LEGACY_KEY];
const API_URL: &[&str] = &["SCW_API_URL"];
const ORGANIZATION: &[&str] =
    &["SCW_DEFAULT_ORGANIZATION_ID", "SCW_ORGANIZATION", "SCALEWAY_ORGANIZATION"];
const PROJECT: &[&str] = &["SCW_DEFAULT_PROJECT_ID"];
const USER_AGENT: &[&str] = &["SCW_USER_AGENT"];
const LEGACY_KEY: &str = "SCALEWAY_ACCESS_KEY";

const INSECURE: &str = "SCW_INSECURE";
const TLS_VERIFY: &str = "SCW_TLSVERIFY";
const PROFILE: &str = "SCW_PROFILE";
const CONFIG_PATH: &str = "SCW_CONFIG_PATH";
const CONFIG_HOME: &str = "XDG_CONFIG_HOME";
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// The profile at the top of the file.
const DEFAULT_PROFILE: &str = "default";

/// A value, and its source for messages. `Debug` shows only the source.
pub(crate) struct Setting<T> {
    value: T,
    source: String,
}

impl<T> Setting<T> {
    /// A value given to the builder's method of this name.
    pub(crate) fn on_builder(method: &str, value: T) -> Self {
        Self { value, source: format!("`{method}` of the builder") }
    }

    pub(crate) fn value(&self) -> &T {
        &self.value
    }

    pub(crate) fn into_value(self) -> T {
        self.value
    }

    /// Returns an error about the value that names its source.
    pub(crate) fn explain(&self, error: &Error) -> Error {
        Error::config(format!("{}: {}", self.source, error.message()))
    }

    fn map<U>(self, convert: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: convert(self.value), source: self.source }
    }

    fn refuse(&self, what: &str, reason: &str) -> Result<()> {
        Err(Error::config(format!("the {what} ({}) {reason}", self.source)))
    }
}

impl<T> fmt::Debug for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// Settings of a client.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) access_key: Option<Setting<String>>,
    pub(crate) secret_key: Option<Setting<Secret>>,
    pub(crate) api_url: Option<Setting<String>>,
    pub(crate) default_organization_id: Option<Setting<String>>,
    pub(crate) default_project_id: Option<Setting<String>>,
    pub(crate) user_agent: Option<Setting<String>>,
    /// Places where a secret key could have been set; `None` if only on the builder.
    secret_key_places: Option<String>,
}

impl Settings {
    /// Reads the environment, and for what it does not set, the active profile of the configuration
    /// file.
    pub(crate) fn from_env(lookup: &Lookup<'_>) -> Result<Self> {
        let name = environment::optional_variable(lookup, PROFILE)?;
        let named = name.as_ref().is_some_and(|name| name != DEFAULT_PROFILE);
        let (profile, place) = match find_file(lookup)? {
            FileSearch::Found(file) => {
                let place = format!("in {}", file.path.display());
                let profile = match name {
                    Some(name) => file.profile(&name, PROFILE)?,
                    None => file.active_profile()?,
                };
                (profile, place)
            }
            FileSearch::Missing(reason) if named => {
                return Err(Error::config(format!("{PROFILE} selects a profile, but {reason}")));
            }
            FileSearch::Missing(reason) => {
                (Profile::default(), format!("in a configuration file ({reason})"))
            }
        };
        let places = format!("set {}, or `secret_key` {place}", SECRET_KEY[0]);
        Self::collect(lookup, &profile, places)
    }

    /// Reads one profile of the configuration file. The environment determines only which file.
    pub(crate) fn from_profile(name: &str, lookup: &Lookup<'_>) -> Result<Self> {
        let file = match find_file(lookup)? {
            FileSearch::Found(file) => file,
            FileSearch::Missing(reason) => {
                return Err(Error::config(format!("a profile is selected, but {reason}")));
            }
        };
        let places = format!("set `secret_key` for the profile in {}", file.path.display());
        let profile = file.profile(name, "`from_profile`")?;
        Self::collect(&|_| None, &profile, places)
    }

    fn collect(environment: &Lookup<'_>, profile: &Profile, places: String) -> Result<Self> {
        refuse_insecure(environment, profile)?;
        let setting =
            |variables: &[&'static str], key: &str| match first_variable(environment, variables)? {
                Some((name, value)) => Ok(Some(Setting { value, source: name.to_owned() })),
                None => profile.text(key),
            };
        let secret_key = setting(SECRET_KEY, "secret_key")?;
        // The oldest tools read the secret key from this variable. Its value is never used as both
        // keys.
        let is_secret = secret_key.as_ref().is_some_and(|setting| setting.source == LEGACY_KEY);
        let access_key = if is_secret { &ACCESS_KEY[..1] } else { ACCESS_KEY };
        Ok(Self {
            access_key: setting(access_key, "access_key")?,
            secret_key: secret_key.map(|setting| setting.map(Secret::from)),
            api_url: setting(API_URL, "api_url")?,
            default_organization_id: setting(ORGANIZATION, "default_organization_id")?,
            default_project_id: setting(PROJECT, "default_project_id")?,
            user_agent: setting(USER_AGENT, "user_agent")?,
            secret_key_places: Some(places),
        })
    }

    /// Checks the format of everything that is set.
    pub(crate) fn validate(&self) -> Result<()> {
        if let Some(setting) = &self.secret_key {
            let value = setting.value.expose();
            if is_access_key(value) {
                let reason = "is an access key (SCW…): the secret key is the UUID that was shown \
                              once, when the API key was made";
                setting.refuse("secret key", reason)?;
            }
            if !is_uuid(value) {
                setting.refuse("secret key", NO_UUID)?;
            }
        }
        if let Some(setting) = &self.access_key {
            if is_uuid(&setting.value) {
                let reason = "is a UUID, as secret keys are: access keys begin with SCW. If it is \
                              the secret key, set it as such";
                setting.refuse("access key", reason)?;
            }
            if !is_access_key(&setting.value) {
                let reason = "is not SCW and 17 capital letters or digits";
                setting.refuse("access key", reason)?;
            }
        }
        let identifiers = [
            ("default organization", &self.default_organization_id),
            ("default project", &self.default_project_id),
        ];
        for (what, setting) in identifiers {
            if let Some(setting) = setting.as_ref().filter(|setting| !is_uuid(&setting.value)) {
                setting.refuse(what, NO_UUID)?;
            }
        }
        if let Some(setting) = &self.api_url {
            let url = reqwest::Url::parse(&setting.value);
            if !url.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                setting.refuse("base URL", "is not a URL: write it as https://host")?;
            }
            if setting.value.ends_with('/') {
                setting.refuse("base URL", "ends with a slash: remove it")?;
            }
        }
        if let Some(setting) = &self.user_agent {
            let printable = setting.value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            if !printable || !(1..=512).contains(&setting.value.len()) {
                setting.refuse("user agent", "is not 1 to 512 printable ASCII characters")?;
            }
        }
        Ok(())
    }

    /// Returns the message for a missing secret key.
    pub(crate) fn missing_secret_key(&self) -> String {
        let places = match &self.secret_key_places {
            Some(places) => places,
            None => "start with `from_env`, or call `secret_key` on the builder",
        };
        format!("there is no secret key: {places}")
    }
}

const NO_UUID: &str = "is not a UUID (8-4-4-4-12 hexadecimal digits)";

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Returns whether the string is an access key, `SCW…`, with or without `@` and a project.
fn is_access_key(text: &str) -> bool {
    let (key, project) = match text.split_once('@') {
        Some((key, project)) => (key, Some(project)),
        None => (text, None),
    };
    key.len() == 20
        && key.starts_with("SCW")
        && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && project.is_none_or(is_uuid)
}

/// Returns the value of the first of these variables that exists. It must not be empty.
fn first_variable(
    lookup: &Lookup<'_>,
    names: &[&'static str],
) -> Result<Option<(&'static str, String)>> {
    for name in names {
        if let Some(value) = environment::variable(lookup, name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// Fails if a setting disables the verification of certificates, or is not a boolean. A variable
/// takes precedence over the key in the file.
fn refuse_insecure(environment: &Lookup<'_>, profile: &Profile) -> Result<()> {
    let (source, insecure) = match first_variable(environment, &[INSECURE, TLS_VERIFY])? {
        Some((name, value)) => {
            let value = parse_bool(&value).ok_or_else(|| no_bool(name))?;
            (name.to_owned(), value != (name == TLS_VERIFY))
        }
        None => match profile.get("insecure") {
            Some((source, value)) => {
                let value = match value {
                    Value::Bool(value) => Some(*value),
                    Value::String(text) => parse_yaml_bool(text),
                    _ => None,
                };
                let value = value.ok_or_else(|| no_bool(&source))?;
                (source, value)
            }
            None => return Ok(()),
        },
    };
    if !insecure {
        return Ok(());
    }
    Err(Error::config(format!(
        "{source} disables certificate verification, which is always on: remove it; to trust your \
         own certificate, use `add_root_certificates`"
    )))
}

fn no_bool(source: &str) -> Error {
    Error::config(format!("{source} must be true or false"))
}

/// Parses the spellings of booleans that Scaleway's tools accept.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Like `parse_bool`, but also accepts the boolean words of YAML 1.1.
fn parse_yaml_bool(text: &str) -> Option<bool> {
    parse_bool(text).or_else(|| match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some(true),
        "no" | "off" => Some(false),
        _ => None,
    })
}

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
struct Profile {
    layers: Vec<(String, Mapping)>,
}

impl Profile {
    /// A value and its place in the file.
    fn get(&self, key: &str) -> Option<(String, &Value)> {
        self.layers
            .iter()
            .find_map(|(place, keys)| Some((format!("`{key}` {place}"), get(keys, key)?)))
    }

    fn text(&self, key: &str) -> Result<Option<Setting<String>>> {
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

#[cfg(test)]
mod tests;
