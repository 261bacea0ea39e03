//! Settings from the environment and from the configuration file of Scaleway's own tools.
//!
//! No value from either appears in a message: a secret may stand in any wrong place. Messages name
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
    pub(crate) fn from_env(lookup: &Lookup<'_>) -> Result<Self> {
        let (profile, place) = Profile::from_env(lookup)?;
        let places = format!("set {}, or `secret_key` {place}", SECRET_KEY[0]);
        Self::collect(lookup, &profile, places)
    }

    /// One profile of the configuration file, and nothing from the environment but the way there.
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

/// The first of these variables that exists; it must not be empty.
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

/// Fails if anything asks for connections without certificate checks, or cannot be read as yes or
/// no. A variable counts before the file's key.
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

/// The spellings that Scaleway's tools know.
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
