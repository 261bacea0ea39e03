use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A credential, which is never printed and is wiped from memory when dropped.
///
/// This type implements neither `Display` nor `Serialize`; `Debug` writes `[redacted]`.
///
/// ```
/// # use sdk_core::Secret;
/// let key = Secret::from("11111111-1111-1111-1111-111111111111");
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Returns the secret string. Do not put it into logs or messages.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(SecretString::from(value))
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(SecretString::from(value))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
