//! Settings from the environment and from the configuration file of Scaleway's own tools.
//!
//! No value from either appears in a message: a secret may stand in any wrong place. Messages name
//! the variable, or the file and its key.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use sdk_core::{Error, Result, Secret};
use serde_yaml_ng::{Mapping, Value};

/// How the environment is read: the value of a variable, if it exists.
pub(crate) type Lookup = dyn Fn(&str) -> Option<OsString>;

/// The environment of this process.
pub(crate) fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Each list in the order in which its variables count; the first is today's name.
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

/// The profile that stands at the top of the file.
const DEFAULT_PROFILE: &str = "default";

/// A value, and where it comes from, for messages. Its `Debug` shows only the latter.
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

    /// An error about the value, together with where the value comes from.
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

/// What a client is set to.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) access_key: Option<Setting<String>>,
    pub(crate) secret_key: Option<Setting<Secret>>,
    pub(crate) api_url: Option<Setting<String>>,
    pub(crate) default_organization_id: Option<Setting<String>>,
    pub(crate) default_project_id: Option<Setting<String>>,
    pub(crate) user_agent: Option<Setting<String>>,
    /// Where a secret key could have been set; `None` if only on the builder.
    secret_key_places: Option<String>,
}

impl Settings {
    /// The environment over the active profile of the configuration file, if there is a file.
    pub(crate) fn from_env(lookup: &Lookup) -> Result<Self> {
        // Empty means unset here.
        let name = variable_text(lookup, PROFILE)?.filter(|name| !name.is_empty());
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
                return Err(Error::config(format!("{PROFILE} asks for a profile, but {reason}")));
            }
            FileSearch::Missing(reason) => {
                (Profile::default(), format!("in a configuration file ({reason})"))
            }
        };
        let places = format!("set {}, or `secret_key` {place}", SECRET_KEY[0]);
        Self::collect(lookup, &profile, places)
    }

    /// One profile of the configuration file, and nothing from the environment but the way there.
    pub(crate) fn from_profile(name: &str, lookup: &Lookup) -> Result<Self> {
        let file = match find_file(lookup)? {
            FileSearch::Found(file) => file,
            FileSearch::Missing(reason) => {
                return Err(Error::config(format!("a profile is asked for, but {reason}")));
            }
        };
        let places = format!("set `secret_key` for the profile in {}", file.path.display());
        let profile = file.profile(name, "`from_profile`")?;
        Self::collect(&|_| None, &profile, places)
    }

    fn collect(environment: &Lookup, profile: &Profile, places: String) -> Result<Self> {
        refuse_insecure(environment, profile)?;
        let setting =
            |variables: &[&'static str], key: &str| match first_variable(environment, variables)? {
                Some((name, value)) => Ok(Some(Setting { value, source: name.to_owned() })),
                None => profile.text(key),
            };
        let secret_key = setting(SECRET_KEY, "secret_key")?;
        // The oldest tools had the secret key in this variable. It cannot be both keys at once.
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
                setting.refuse("API address", "is not a URL: write it as https://host")?;
            }
            if setting.value.ends_with('/') {
                setting.refuse("API address", "ends with a slash: leave that out")?;
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

    /// What to do where there is no secret key.
    pub(crate) fn missing_secret_key(&self) -> String {
        let places = match &self.secret_key_places {
            Some(places) => places,
            None => "begin with `from_env`, or call `secret_key` on the builder",
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

/// `SCW…`, also with `@` and the project it is used for.
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

/// The text of a variable, even an empty one.
fn variable_text(lookup: &Lookup, name: &str) -> Result<Option<String>> {
    let text = lookup(name).map(OsString::into_string).transpose();
    text.map_err(|_| Error::config(format!("{name} is not Unicode text")))
}

/// The first of these variables that exists; it must not be empty.
fn first_variable(
    lookup: &Lookup,
    names: &[&'static str],
) -> Result<Option<(&'static str, String)>> {
    for name in names {
        match variable_text(lookup, name)? {
            Some(value) if value.is_empty() => {
                return Err(Error::config(format!(
                    "{name} is set but empty: give it a value, or unset it"
                )));
            }
            Some(value) => return Ok(Some((name, value))),
            None => {}
        }
    }
    Ok(None)
}

/// Fails if anything asks for connections without certificate checks, or cannot be read as yes or
/// no. A variable counts before the file's key.
fn refuse_insecure(environment: &Lookup, profile: &Profile) -> Result<()> {
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
        "{source} asks not to verify certificates, but they are always verified: remove it; if the \
         service has a certificate of your own, trust that through `add_root_certificates`"
    )))
}

fn no_bool(source: &str) -> Error {
    Error::config(format!("{source} must be true or false"))
}

/// The spellings that Scaleway's tools know.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// The same, and what older YAML takes for yes and no.
fn parse_yaml_bool(text: &str) -> Option<bool> {
    parse_bool(text).or_else(|| match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some(true),
        "no" | "off" => Some(false),
        _ => None,
    })
}

enum FileSearch {
    Found(ConfigFile),
    /// There is none; the reason begins in lower case.
    Missing(String),
}

/// Looks for the configuration file and reads it. That there is none is an error only if a
/// variable names it.
fn find_file(lookup: &Lookup) -> Result<FileSearch> {
    let folder = |name| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = folder(CONFIG_PATH) {
        // The path is not repeated before there is such a file: it might be anything.
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

/// Opens a file; `None` if there is none.
fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) => match error.kind() {
            // A home such as /dev/null is usual for services.
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

/// A configuration file: the keys at its top, profiles among them.
struct ConfigFile {
    path: PathBuf,
    top: Mapping,
}

impl ConfigFile {
    fn read(path: PathBuf, mut file: File) -> Result<Self> {
        warn_if_shared(&path, &file);
        let shown = path.display();
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| cannot_read(&shown.to_string(), &error))?;
        // The parser's message may quote the file: only the place of the error is kept.
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

    /// The profile that the file itself names, or the one at its top.
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

    /// The profile of this name, which `asker` asks for.
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
                    "`profiles` in {shown} must hold names, each with its own `key: value` lines"
                )));
            }
            None => None,
        };
        let own = match profiles.and_then(|profiles| profiles.get(name)) {
            Some(Value::Mapping(own)) => own.clone(),
            Some(Value::Null) => Mapping::new(),
            Some(_) => {
                return Err(Error::config(format!(
                    "the profile that {asker} names must hold `key: value` lines, in {shown}"
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

/// The names of the profiles, but for what could be a misplaced secret.
fn known_names(profiles: Option<&Mapping>) -> String {
    let names = profiles.into_iter().flat_map(Mapping::iter).filter_map(|(name, profile)| {
        let is_profile = profile.is_mapping() || profile.is_null();
        name.as_str().filter(|name| is_profile && !is_uuid(name))
    });
    std::iter::once(DEFAULT_PROFILE).chain(names).collect::<Vec<_>>().join(", ")
}

/// The keys that count, each layer before those behind it, with words for messages: `in <file>`.
#[derive(Default)]
struct Profile {
    layers: Vec<(String, Mapping)>,
}

impl Profile {
    /// A value and where it stands.
    fn get(&self, key: &str) -> Option<(String, &Value)> {
        self.layers
            .iter()
            .find_map(|(place, keys)| Some((format!("`{key}` {place}"), get(keys, key)?)))
    }

    fn text(&self, key: &str) -> Result<Option<Setting<String>>> {
        self.get(key).map(|(source, value)| as_text(source, value)).transpose()
    }
}

/// The value of a key; null counts as unset.
fn get<'a>(mapping: &'a Mapping, key: &str) -> Option<&'a Value> {
    mapping.get(key).filter(|value| !value.is_null())
}

fn as_text(source: String, value: &Value) -> Result<Setting<String>> {
    let reason = match value {
        Value::String(text) if !text.is_empty() => {
            return Ok(Setting { value: text.clone(), source });
        }
        Value::String(_) => "is empty: give it a value, or remove it",
        Value::Number(_) => "must be text, and YAML reads it as a number: put it in quotes",
        Value::Bool(_) => "must be text, and YAML reads it as true or false: put it in quotes",
        _ => "must be text on the line of its key",
    };
    Err(Error::config(format!("{source} {reason}")))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, error::Error as _, fs};

    use tempfile::TempDir;

    use super::*;

    const ACCESS: &str = "SCWABCDEFGHIJ0123456";
    const ONE: &str = "11111111-1111-1111-1111-111111111111";
    const TWO: &str = "22222222-2222-2222-2222-222222222222";
    const THREE: &str = "33333333-3333-3333-3333-333333333333";

    type Variables = HashMap<String, OsString>;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect()
    }

    fn from_env(variables: &Variables) -> Result<Settings> {
        let variables = variables.clone();
        Settings::from_env(&move |name| variables.get(name).cloned())
    }

    fn from_pairs(pairs: &[(&str, &str)]) -> Result<Settings> {
        from_env(&variables(pairs))
    }

    /// A home with a configuration file, and the variables that lead there.
    struct Home {
        folder: TempDir,
        variables: Variables,
    }

    impl Home {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let variables = variables(&[(HOME, folder.path().to_str().unwrap())]);
            Self { folder, variables }
        }

        fn with(text: &str) -> Self {
            Self::new().file(".config/scw/config.yaml", text)
        }

        fn path(&self, path: &str) -> String {
            self.folder.path().join(path).to_str().unwrap().to_owned()
        }

        fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        fn set(mut self, name: &str, value: &str) -> Self {
            self.variables.insert(name.to_owned(), value.into());
            self
        }

        fn read(&self) -> Result<Settings> {
            from_env(&self.variables)
        }

        fn read_profile(&self, name: &str) -> Result<Settings> {
            let variables = self.variables.clone();
            Settings::from_profile(name, &move |name| variables.get(name).cloned())
        }
    }

    fn text(setting: &Option<Setting<String>>) -> Option<&str> {
        setting.as_ref().map(|setting| setting.value.as_str())
    }

    fn secret(settings: &Settings) -> Option<&str> {
        settings.secret_key.as_ref().map(|setting| setting.value.expose())
    }

    fn message(result: Result<impl fmt::Debug>) -> String {
        result.unwrap_err().to_string()
    }

    #[track_caller]
    fn assert_has(message: &str, parts: &[&str]) {
        for part in parts {
            assert!(message.contains(part), "no {part:?} in: {message}");
        }
    }

    #[test]
    fn nothing_set_is_no_error() {
        let settings = from_pairs(&[]).unwrap();
        assert!(secret(&settings).is_none() && settings.api_url.is_none());
        assert_has(
            &settings.missing_secret_key(),
            &["SCW_SECRET_KEY", "SCW_CONFIG_PATH", "XDG_CONFIG_HOME", HOME],
        );
        settings.validate().unwrap();
        let on_builder = Settings::default().missing_secret_key();
        assert_has(&on_builder, &["from_env", "`secret_key`"]);
    }

    #[test]
    fn every_setting_comes_from_its_variable() {
        let settings = from_pairs(&[
            ("SCW_ACCESS_KEY", ACCESS),
            ("SCW_SECRET_KEY", ONE),
            ("SCW_API_URL", "https://api.example.com"),
            ("SCW_DEFAULT_ORGANIZATION_ID", TWO),
            ("SCW_DEFAULT_PROJECT_ID", THREE),
            ("SCW_USER_AGENT", "reports/1.0"),
        ])
        .unwrap();
        settings.validate().unwrap();
        assert_eq!(text(&settings.access_key), Some(ACCESS));
        assert_eq!(secret(&settings), Some(ONE));
        assert_eq!(text(&settings.api_url), Some("https://api.example.com"));
        assert_eq!(text(&settings.default_organization_id), Some(TWO));
        assert_eq!(text(&settings.default_project_id), Some(THREE));
        assert_eq!(text(&settings.user_agent), Some("reports/1.0"));
    }

    #[test]
    fn the_first_existing_name_of_a_variable_counts() {
        for (names, is_organization) in [(SECRET_KEY, false), (ORGANIZATION, true)] {
            for first in 0..names.len() {
                // All from here on are set, each to its own value.
                let all: Variables = names[first..]
                    .iter()
                    .map(|name| ((*name).to_owned(), format!("value of {name}").into()))
                    .collect();
                let settings = from_env(&all).unwrap();
                let value = match is_organization {
                    true => text(&settings.default_organization_id),
                    false => secret(&settings),
                };
                assert_eq!(value, Some(format!("value of {}", names[first]).as_str()));
            }
        }
    }

    #[test]
    fn the_legacy_key_is_never_both_keys() {
        let settings = from_pairs(&[("SCALEWAY_ACCESS_KEY", ONE)]).unwrap();
        assert_eq!((secret(&settings), text(&settings.access_key)), (Some(ONE), None));
        settings.validate().unwrap();

        for name in &SECRET_KEY[..3] {
            let settings = from_pairs(&[("SCALEWAY_ACCESS_KEY", ACCESS), (name, ONE)]).unwrap();
            assert_eq!((secret(&settings), text(&settings.access_key)), (Some(ONE), Some(ACCESS)));
            settings.validate().unwrap();
        }
        let pairs = [("SCALEWAY_ACCESS_KEY", ONE), ("SCW_ACCESS_KEY", ACCESS)];
        let settings = from_pairs(&pairs).unwrap();
        assert_eq!((secret(&settings), text(&settings.access_key)), (Some(ONE), Some(ACCESS)));
    }

    #[test]
    fn an_empty_variable_is_an_error_that_names_it() {
        let all = [ACCESS_KEY, SECRET_KEY, API_URL, ORGANIZATION, PROJECT, USER_AGENT].concat();
        for name in all.into_iter().chain([INSECURE, TLS_VERIFY]) {
            assert_has(&message(from_pairs(&[(name, "")])), &[name, "empty"]);
        }
        // One that comes first hides it.
        from_pairs(&[("SCW_SECRET_KEY", ONE), ("SCW_TOKEN", "")]).unwrap();
        // An empty one that comes first hides a good one, as for the official tools.
        assert!(from_pairs(&[("SCW_SECRET_KEY", ""), ("SCW_TOKEN", ONE)]).is_err());
    }

    #[test]
    fn an_empty_way_to_the_file_is_no_way() {
        let home = Home::with("api_url: https://file.example.com\nprofiles: {prod: {}}");
        for name in [PROFILE, CONFIG_PATH, CONFIG_HOME] {
            let settings = from_env(&{
                let mut variables = home.variables.clone();
                variables.insert(name.to_owned(), OsString::new());
                variables
            });
            assert_eq!(text(&settings.unwrap().api_url), Some("https://file.example.com"));
        }
        from_pairs(&[(HOME, ""), (CONFIG_HOME, ""), (CONFIG_PATH, ""), (PROFILE, "")]).unwrap();
    }

    #[test]
    fn what_billing_has_no_use_for_is_ignored() {
        let ignored = ["SCW_DEFAULT_REGION", "SCW_REGION", "SCW_DEFAULT_ZONE", "SCW_S3_ENDPOINT"];
        for value in ["", "???"] {
            let pairs: Vec<_> = ignored.iter().map(|name| (*name, value)).collect();
            from_pairs(&pairs).unwrap();
        }
        let home = Home::with(
            "default_region: []\ndefault_zone: ''\ns3_endpoint: 5\ns3_use_path_style: x\n\
             send_telemetry: {}\nsomething_new: [1]\n3: x\n",
        );
        home.read().unwrap().validate().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_must_be_text() {
        use std::os::unix::ffi::OsStringExt as _;

        for name in ["SCW_SECRET_KEY", "SCW_API_URL", INSECURE, PROFILE] {
            let value = OsString::from_vec(b"secret\xff".to_vec());
            let error = message(from_env(&Variables::from([(name.to_owned(), value)])));
            assert_has(&error, &[name, "Unicode"]);
            assert!(!error.contains("secret\u{fffd}"), "{error}");
        }
    }

    #[test]
    fn the_file_is_looked_for_in_order() {
        let url = |name: &str| format!("api_url: https://{name}.example.com\n");
        let found = |home: &Home| text(&home.read().unwrap().api_url).map(str::to_owned);
        let host = |name: &str| Some(format!("https://{name}.example.com"));

        let home = Home::new();
        assert_eq!(found(&home), None);
        let home = home.file(".config/scw/config.yml", url("yml"));
        assert_eq!(found(&home), host("yml"));
        let home = home.file(".config/scw/config.yaml", url("home"));
        assert_eq!(found(&home), host("home"));
        let xdg = home.path("xdg");
        let home = home.set(CONFIG_HOME, &xdg);
        assert_eq!(found(&home), None);
        let home = home.file("xdg/scw/config.yml", url("xdg-yml"));
        assert_eq!(found(&home), host("xdg-yml"));
        let home = home.file("xdg/scw/config.yaml", url("xdg"));
        assert_eq!(found(&home), host("xdg"));
        let named = home.path("named.yaml");
        let home = home.file("named.yml", url("no-fallback")).set(CONFIG_PATH, &named);
        assert_has(&message(home.read()), &["SCW_CONFIG_PATH", "does not exist"]);
        let home = home.file("named.yaml", url("named"));
        assert_eq!(found(&home), host("named"));
    }

    #[test]
    fn a_missing_file_is_an_error_only_if_asked_for() {
        let home = Home::new();
        let path = home.path(".config/scw/config.yaml");
        let settings = home.read().unwrap();
        assert_has(&settings.missing_secret_key(), &["SCW_SECRET_KEY", "`secret_key`", &path]);
        assert_has(&message(home.read_profile("prod")), &["profile", &path]);
        assert_has(&message(home.read_profile("default")), &["profile", &path]);
        assert_has(&message(home.set(PROFILE, "prod").read()), &[PROFILE, &path]);
        // A service's home.
        from_pairs(&[(HOME, "/dev/null")]).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        let home = Home::new().file(".config/scw/config.yaml/x", "");
        assert_has(&message(home.read()), &["config.yaml", "cannot be read"]);
        let home = Home::new().file(".config/scw/config.yaml", b"secret_key: \xff\xfe");
        assert_has(&message(home.read()), &["config.yaml", "cannot be read", "UTF-8"]);
    }

    const PROFILES: &str = "
access_key: SCWABCDEFGHIJ0123456
secret_key: 11111111-1111-1111-1111-111111111111
default_organization_id: 11111111-1111-1111-1111-111111111111
user_agent: top/1.0
active_profile: prod
profiles:
  prod:
    secret_key: 22222222-2222-2222-2222-222222222222
    default_project_id: 22222222-2222-2222-2222-222222222222
    user_agent: null
  test:
    secret_key: 33333333-3333-3333-3333-333333333333
  empty:
";

    #[test]
    fn a_profile_lies_over_the_top_of_the_file() {
        let home = Home::with(PROFILES);
        let check = |settings: &Settings, key: &str, project: Option<&str>| {
            assert_eq!(secret(settings), Some(key));
            assert_eq!(text(&settings.default_project_id), project);
            assert_eq!(text(&settings.access_key), Some(ACCESS));
            assert_eq!(text(&settings.default_organization_id), Some(ONE));
            assert_eq!(text(&settings.user_agent), Some("top/1.0"));
            settings.validate().unwrap();
        };
        check(&home.read().unwrap(), TWO, Some(TWO));
        for (name, key, project) in [
            ("default", ONE, None),
            ("prod", TWO, Some(TWO)),
            ("test", THREE, None),
            ("empty", ONE, None),
        ] {
            check(&home.read_profile(name).unwrap(), key, project);
            let named = from_env(&{
                let mut variables = home.variables.clone();
                variables.insert(PROFILE.to_owned(), name.into());
                variables
            });
            check(&named.unwrap(), key, project);
        }
    }

    #[test]
    fn the_environment_lies_over_the_profile() {
        let home = Home::with(PROFILES)
            .set("SCALEWAY_TOKEN", THREE)
            .set("SCW_USER_AGENT", "environment/1.0");
        let settings = home.read().unwrap();
        assert_eq!(secret(&settings), Some(THREE));
        assert_eq!(text(&settings.user_agent), Some("environment/1.0"));
        assert_eq!(text(&settings.default_project_id), Some(TWO));
    }

    #[test]
    fn a_profile_takes_nothing_from_the_environment() {
        let mut home = Home::with(PROFILES).set(PROFILE, "test").set(INSECURE, "yes");
        for name in [ACCESS_KEY, SECRET_KEY, API_URL, ORGANIZATION, PROJECT, USER_AGENT].concat() {
            home = home.set(name, "");
        }
        let settings = home.read_profile("prod").unwrap();
        assert_eq!(secret(&settings), Some(TWO));
        assert!(settings.api_url.is_none());
    }

    #[test]
    fn an_unknown_profile_is_an_error_that_lists_the_known() {
        let home = Home::with(PROFILES);
        let path = home.path(".config/scw/config.yaml");
        let known = "default, prod, test, empty";
        assert_has(&message(home.read_profile("prdo")), &[&path, "from_profile", known]);
        assert_has(&message(home.read_profile("")), &[&path, known]);
        assert_has(&message(home.set(PROFILE, "prdo").read()), &[&path, PROFILE, known]);
        let home = Home::with("active_profile: prdo");
        assert_has(&message(home.read()), &["`active_profile`", "default"]);
        let home = Home::with("active_profile: default");
        home.read().unwrap();
    }

    #[test]
    fn a_file_of_the_wrong_shape_is_an_error_that_says_where() {
        for (file, parts) in [
            ("secret_key: [a, b]", &["`secret_key`", "must be text"] as &[_]),
            ("secret_key: {a: b}", &["`secret_key`", "must be text"]),
            ("secret_key: !key a", &["`secret_key`", "must be text"]),
            ("secret_key: 12345", &["`secret_key`", "number", "quotes"]),
            ("user_agent: true", &["`user_agent`", "true or false", "quotes"]),
            ("api_url: ''", &["`api_url`", "empty"]),
            ("active_profile: ''", &["`active_profile`", "empty"]),
            ("active_profile: 5", &["`active_profile`", "number"]),
            (
                "active_profile: p\nprofiles: {p: {access_key: 5}}",
                &["chosen profile", "`access_key`"],
            ),
            ("active_profile: p\nprofiles: {p: [a]}", &["`active_profile`", "key: value"]),
            ("active_profile: p\nprofiles: [p]", &["`profiles`", "names"]),
            ("- a\n- b", &["key: value"]),
            ("just text", &["key: value"]),
            ("access_key: a\nsecret_key: 'b", &["not valid YAML", "line 2"]),
            ("access_key: a\n\tsecret_key: b", &["not valid YAML", "line 2"]),
            ("secret_key: a\nsecret_key: b", &["not valid YAML"]),
            ("<<: 5", &["not valid YAML"]),
        ] {
            let home = Home::with(file);
            let error = message(home.read());
            assert_has(&error, &[&home.path(".config/scw/config.yaml")]);
            assert_has(&error, parts);
        }
        for file in ["", "# nothing\n", "secret_key:\napi_url: ~\nprofiles: null", "---\n"] {
            assert!(secret(&Home::with(file).read().unwrap()).is_none(), "{file}");
        }
    }

    #[test]
    fn what_nobody_asks_for_may_be_wrong() {
        let file = "api_url: []\nsecret_key: 5\nactive_profile: p\n\
                    profiles: {p: {secret_key: good}, q: [], 5: {}}";
        let home = Home::with(file).set("SCW_API_URL", "https://api.example.com");
        assert_eq!(secret(&home.read().unwrap()), Some("good"));
    }

    #[test]
    fn merge_keys_are_followed() {
        let home = Home::with(
            "base: &base {user_agent: base/1.0}\nactive_profile: p\nprofiles: {p: {<<: *base}}",
        );
        assert_eq!(text(&home.read().unwrap().user_agent), Some("base/1.0"));
    }

    /// `Some(true)` is refused for asking, `Some(false)` is fine, `None` is refused as unreadable.
    #[track_caller]
    fn assert_insecure(result: Result<Settings>, expected: Option<bool>, source: &str) {
        match expected {
            Some(false) => drop(result.unwrap()),
            Some(true) => assert_has(
                &message(result),
                &[source, "always verified", "remove it", "add_root_certificates"],
            ),
            None => assert_has(&message(result), &[source, "true or false"]),
        }
    }

    #[test]
    fn insecure_is_read_strictly_and_refused() {
        let yes = ["1", "t", "T", "true", "TRUE", "True"];
        let no = ["0", "f", "F", "false", "FALSE", "False"];
        let bad = ["yes", "no", "on", "off", "2", "tRUE", " true", "y"];
        let all = yes.map(|text| (text, Some(true))).into_iter();
        let all = all.chain(no.map(|text| (text, Some(false)))).chain(bad.map(|text| (text, None)));
        for (text, expected) in all {
            let inverted = expected.map(|insecure| !insecure);
            assert_insecure(from_pairs(&[(INSECURE, text)]), expected, INSECURE);
            assert_insecure(from_pairs(&[(TLS_VERIFY, text)]), inverted, TLS_VERIFY);
            // The newer variable counts, whatever the older says.
            let both = [(INSECURE, text), (TLS_VERIFY, "nonsense")];
            assert_insecure(from_pairs(&both), expected, INSECURE);
        }
        for (value, expected) in [
            ("true", Some(true)),
            ("false", Some(false)),
            ("True", Some(true)),
            ("yes", Some(true)),
            ("No", Some(false)),
            ("on", Some(true)),
            ("OFF", Some(false)),
            ("'1'", Some(true)),
            ("'f'", Some(false)),
            ("null", Some(false)),
            ("''", None),
            ("1", None),
            ("nope", None),
            ("[true]", None),
        ] {
            let home = Home::with(&format!("insecure: {value}"));
            assert_insecure(home.read(), expected, "`insecure`");
            assert_insecure(home.read_profile("default"), expected, "`insecure`");
        }
    }

    #[test]
    fn a_variable_decides_over_the_file_whether_to_be_insecure() {
        for file in ["true", "false", "nonsense"] {
            let text = format!("insecure: {file}");
            for (name, value, expected) in [
                (INSECURE, "false", Some(false)),
                (INSECURE, "true", Some(true)),
                (INSECURE, "nonsense", None),
                (TLS_VERIFY, "true", Some(false)),
                (TLS_VERIFY, "false", Some(true)),
                (TLS_VERIFY, "yes", None),
            ] {
                assert_insecure(Home::with(&text).set(name, value).read(), expected, name);
            }
        }
        let profile = "insecure: true\nprofiles: {safe: {insecure: false}}";
        Home::with(profile).read_profile("safe").unwrap();
        let profile = "insecure: false\nprofiles: {unsafe: {insecure: true}}";
        assert_insecure(Home::with(profile).read_profile("unsafe"), Some(true), "chosen profile");
    }

    #[test]
    fn formats_are_checked() {
        let with_project = format!("{ACCESS}@{ONE}");
        let long = "x".repeat(512);
        let good = [
            ("SCW_ACCESS_KEY", ACCESS),
            ("SCW_ACCESS_KEY", &with_project),
            ("SCW_SECRET_KEY", "aAbBcCdD-0123-4567-89ef-EF0123456789"),
            ("SCW_API_URL", "https://api.example.com/prefix"),
            ("SCW_API_URL", "http://127.0.0.1:8080"),
            ("SCW_USER_AGENT", &long),
        ];
        for (name, value) in good {
            from_pairs(&[(name, value)]).unwrap().validate().unwrap();
        }
        let too_long = "x".repeat(513);
        for (name, value, expected) in [
            ("SCW_ACCESS_KEY", "SCWABC", "17 capital letters or digits"),
            ("SCW_ACCESS_KEY", "scwabcdefghij0123456", "17 capital"),
            ("SCW_ACCESS_KEY", "SCWABCDEFGHIJ0123456@x", "17 capital"),
            ("SCW_ACCESS_KEY", ONE, "secret key"),
            ("SCW_SECRET_KEY", ACCESS, "is an access key"),
            ("SCW_SECRET_KEY", &with_project, "is an access key"),
            ("SCALEWAY_ACCESS_KEY", ACCESS, "is an access key"),
            ("SCW_SECRET_KEY", "11111111-1111-1111-1111-11111111111", "UUID"),
            ("SCW_SECRET_KEY", "{11111111-1111-1111-1111-11111111111}", "UUID"),
            ("SCW_SECRET_KEY", "1111111111111-1111-1111-11111111-1111", "UUID"),
            ("SCW_TOKEN", "g1111111-1111-1111-1111-111111111111", "UUID"),
            ("SCW_DEFAULT_ORGANIZATION_ID", "acme", "UUID"),
            ("SCALEWAY_ORGANIZATION", "acme", "UUID"),
            ("SCW_DEFAULT_PROJECT_ID", "é1111111-1111-1111-1111-11111111111", "UUID"),
            ("SCW_API_URL", "api.example.com", "not a URL"),
            ("SCW_API_URL", "ftp://api.example.com", "not a URL"),
            ("SCW_API_URL", "http://", "not a URL"),
            ("SCW_API_URL", "https://api.example.com/", "slash"),
            ("SCW_USER_AGENT", "line\nbreak", "printable"),
            ("SCW_USER_AGENT", "café", "printable"),
            ("SCW_USER_AGENT", &too_long, "512"),
        ] {
            let error = message(from_pairs(&[(name, value)]).unwrap().validate());
            assert_has(&error, &[name, expected]);
            assert!(!error.contains(value), "{error}");
        }
    }

    #[test]
    fn messages_name_the_source() {
        let home = Home::with("access_key: nonsense");
        let path = home.path(".config/scw/config.yaml");
        let error = message(home.read().unwrap().validate());
        assert_has(&error, &["access key", "`access_key` in", &path]);

        let mut settings = home.read().unwrap();
        settings.access_key = Some(Setting::on_builder("access_key", "nonsense".to_owned()));
        assert_has(&message(settings.validate()), &["`access_key` of the builder"]);
        assert_has(&settings.missing_secret_key(), &["SCW_SECRET_KEY", &path]);
        let settings = home.read_profile("default").unwrap();
        assert_has(&settings.missing_secret_key(), &["`secret_key`", &path]);
    }

    const SENTINELS: [&str; 2] = ["5ec2e75e-c2e7-5ec2-e75e-c2e75ec2e75e", "5ec2e75ec2e7"];

    #[track_caller]
    fn assert_silent(what: &str, result: &Result<Settings>, sentinel: &str) {
        let mut shown = Vec::new();
        let mut add = |error: &Error| {
            shown.extend([error.to_string(), format!("{error:?}"), format!("{error:#?}")]);
            let mut next = error.source();
            while let Some(error) = next {
                shown.extend([error.to_string(), format!("{error:?}")]);
                next = error.source();
            }
        };
        match result {
            Err(error) => add(error),
            Ok(settings) => {
                if let Err(error) = settings.validate() {
                    add(&error);
                }
                shown.extend([format!("{settings:?}"), settings.missing_secret_key()]);
            }
        }
        for shown in shown {
            assert!(!shown.contains(sentinel), "{what}: {shown}");
        }
    }

    #[test]
    fn no_message_repeats_a_value() {
        let files = [
            "access_key: S",
            "secret_key: S",
            "secret_key: 'S",
            "secret_key: [S]",
            "secret_key: {S: S}",
            "secret_key: !S S",
            "secret_key: !S [",
            "secret_key: *S",
            "secret_key: &S",
            "secret_key: S: S",
            "secret_key:S",
            "secret_key: S\nsecret_key: S",
            "S: S\nS: S",
            "S: [",
            "secret_key = S",
            "S",
            "- S",
            "\tS: S",
            "%S",
            "@S",
            "`S`",
            "\"\\S\"",
            "<<: S",
            "<<: [S]",
            "api_url: S",
            "api_url: https://S/",
            "default_organization_id: xS",
            "default_project_id: xS",
            "user_agent: \"S\\n\"",
            "insecure: S",
            "insecure: [S]",
            "active_profile: S",
            "active_profile: [S]",
            "active_profile: S\nprofiles: S",
            "active_profile: S\nprofiles: {S: S}",
            "active_profile: prod\nprofiles: {S: S}",
            "active_profile: prod\nprofiles: {prod: S}",
            "active_profile: prod\nprofiles: {prod: [S]}",
            "active_profile: prod\nprofiles: {prod: {secret_key: [S], S: S}}",
            "profiles: S",
            "--- S\n--- S",
        ];
        let mut failures = 0;
        // Names of profiles are listed, but not one that could be a secret key.
        let home = Home::with(&"profiles: {S: {secret_key: [S]}}".replace('S', SENTINELS[0]));
        assert_silent("name", &home.read_profile(SENTINELS[0]), SENTINELS[0]);
        assert_silent("name", &home.read_profile("prod"), SENTINELS[0]);
        for sentinel in SENTINELS {
            for file in files {
                let home = Home::with(&file.replace('S', sentinel));
                for result in [home.read(), home.read_profile("prod"), home.read_profile(sentinel)]
                {
                    failures += usize::from(result.is_err());
                    assert_silent(file, &result, sentinel);
                }
            }
            let names = [ACCESS_KEY, SECRET_KEY, API_URL, ORGANIZATION, PROJECT, USER_AGENT];
            let names = names.concat().into_iter();
            for name in names.chain([INSECURE, TLS_VERIFY, PROFILE, CONFIG_PATH]) {
                for value in
                    [sentinel.to_owned(), format!("{sentinel}\n"), format!("SCW{sentinel}")]
                {
                    for home in [Home::new(), Home::with(PROFILES)] {
                        let result = home.set(name, &value).read();
                        failures += usize::from(result.is_err());
                        assert_silent(name, &result, sentinel);
                    }
                }
            }
        }
        assert!(failures > 100, "only {failures} of these fail");
    }

    /// Keeps the text of every event.
    #[cfg(unix)]
    #[derive(Clone, Default)]
    struct Events(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

    #[cfg(unix)]
    impl tracing::Subscriber for Events {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }

        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            struct Text(String);
            impl tracing::field::Visit for Text {
                fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                    self.0.push_str(&format!(" {field}={value:?}"));
                }
            }
            let mut text = Text(event.metadata().level().to_string());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }

        fn enter(&self, _: &tracing::span::Id) {}

        fn exit(&self, _: &tracing::span::Id) {}
    }

    #[cfg(unix)]
    #[test]
    fn a_file_open_to_others_is_warned_about() {
        use std::os::unix::fs::PermissionsExt as _;

        let home = Home::with(PROFILES);
        let path = home.path(".config/scw/config.yaml");
        for (mode, warned) in
            [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)]
        {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let events = Events::default();
            tracing::subscriber::with_default(events.clone(), || {
                home.read().unwrap();
            });
            let events = events.0.lock().unwrap();
            assert_eq!(events.len(), usize::from(warned), "{mode:o}: {events:?}");
            for event in events.iter() {
                assert_has(event, &["WARN", &path, &format!("{mode:04o}"), "0600"]);
                assert!(!event.contains(ONE) && !event.contains(TWO), "{event}");
            }
        }
    }
}
