//! Settings from the environment and from the configuration file of Scaleway's own tools.
//!
//! No message contains a value of a setting, because it might be a misplaced secret. Messages name
//! the variable, or the file and its key.

#[cfg(feature = "config-file")]
mod file;
#[cfg(not(feature = "config-file"))]
mod no_file;

use std::fmt;

use sdk_core::{
    Error, Result, Secret,
    environment::{self, Lookup},
};

#[cfg(feature = "config-file")]
use self::file::Profile;
#[cfg(not(feature = "config-file"))]
use self::no_file::Profile;

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
        let (profile, place) = Profile::from_env(lookup)?;
        let places = format!("set {}, or `secret_key` {place}", SECRET_KEY[0]);
        Self::collect(lookup, &profile, places)
    }

    /// Reads one profile of the configuration file. The environment determines only which file.
    #[cfg(feature = "config-file")]
    pub(crate) fn from_profile(name: &str, lookup: &Lookup<'_>) -> Result<Self> {
        let (profile, file) = Profile::named(name, lookup)?;
        let places = format!("set `secret_key` for the profile in {file}");
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
        None => match profile.insecure()? {
            Some(found) => found,
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

#[cfg(test)]
#[cfg(feature = "config-file")]
mod tests;
