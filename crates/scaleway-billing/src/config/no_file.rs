//! In place of the configuration file, if the feature that reads it is disabled.

use sdk_core::{
    Error, Result,
    environment::{self, Lookup},
};

use super::{CONFIG_PATH, DEFAULT_PROFILE, PROFILE, Setting};

const ADVICE: &str = "enable the feature `config-file` of `scaleway-billing`";

/// A profile without settings.
pub(super) struct Profile;

impl Profile {
    /// Fails if the environment selects a file or a profile of it.
    pub(super) fn from_env(lookup: &Lookup<'_>) -> Result<(Self, String)> {
        let name = environment::optional_variable(lookup, PROFILE)?;
        let selects = if environment::path(lookup, CONFIG_PATH).is_some() {
            Some(CONFIG_PATH)
        } else {
            name.filter(|name| name != DEFAULT_PROFILE).map(|_| PROFILE)
        };
        match selects {
            Some(variable) => Err(Error::config(format!(
                "{variable} is set, but no configuration file is read: {ADVICE}"
            ))),
            None => Ok((Self, format!("in a configuration file (none is read: {ADVICE})"))),
        }
    }

    pub(super) fn insecure(&self) -> Result<Option<(String, bool)>> {
        Ok(None)
    }

    pub(super) fn text(&self, _key: &str) -> Result<Option<Setting<String>>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    fn from_pairs(pairs: &'static [(&str, &str)]) -> sdk_core::Result<Settings> {
        Settings::from_env(&|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn environment_alone_is_read() {
        let settings = from_pairs(&[("SCW_SECRET_KEY", "x"), ("SCW_PROFILE", "default")]).unwrap();
        assert_eq!(settings.secret_key.unwrap().value().expose(), "x");
        let advice = from_pairs(&[]).unwrap().missing_secret_key();
        assert!(advice.contains("SCW_SECRET_KEY") && advice.contains("`config-file`"), "{advice}");
    }

    #[test]
    fn selecting_a_file_or_a_profile_is_an_error() {
        for pairs in [&[("SCW_CONFIG_PATH", "s3cret")][..], &[("SCW_PROFILE", "s3cret")]] {
            let error = from_pairs(pairs).unwrap_err().to_string();
            assert!(error.contains(pairs[0].0) && error.contains("`config-file`"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
