//! Settings from environment variables. A value that consists of white space counts as empty.

use std::{ffi::OsString, path::PathBuf};

use crate::{Error, Result};

/// A function that looks up the value of a variable, if it is set.
pub type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// Looks up a variable in the environment of this process.
#[must_use]
pub fn process(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Returns the value of a variable; `None` if it is not set.
///
/// # Errors
///
/// Fails if it is set but empty, or not valid Unicode.
pub fn variable(lookup: &Lookup<'_>, name: &str) -> Result<Option<String>> {
    match unicode(lookup, name)? {
        Some(value) if value.trim().is_empty() => {
            Err(Error::config(format!("`{name}` is set but empty: give it a value, or unset it")))
        }
        value => Ok(value),
    }
}

/// Returns the value of a variable; `None` if it is not set or empty.
///
/// # Errors
///
/// Fails if it is not valid Unicode.
pub fn optional_variable(lookup: &Lookup<'_>, name: &str) -> Result<Option<String>> {
    Ok(unicode(lookup, name)?.filter(|value| !value.trim().is_empty()))
}

/// Returns the path in a variable; `None` if it is not set or empty.
#[must_use]
pub fn path(lookup: &Lookup<'_>, name: &str) -> Option<PathBuf> {
    let value = lookup(name)?;
    let blank = value.to_str().is_some_and(|value| value.trim().is_empty());
    (!blank).then(|| PathBuf::from(value))
}

fn unicode(lookup: &Lookup<'_>, name: &str) -> Result<Option<String>> {
    let value = lookup(name).map(OsString::into_string).transpose();
    value.map_err(|_| Error::config(format!("`{name}` is not valid Unicode: correct it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_alone_counts_as_empty() {
        let lookup = |name: &str| match name {
            "SET" => Some(OsString::from(" value ")),
            "EMPTY" => Some(OsString::new()),
            "BLANK" => Some(OsString::from(" \t\n")),
            _ => None,
        };
        let value = |name| variable(&lookup, name).map_err(|error| error.to_string());
        assert_eq!(value("SET"), Ok(Some(" value ".to_owned())));
        assert_eq!(value("UNSET"), Ok(None));
        for name in ["EMPTY", "BLANK"] {
            let expected = format!("`{name}` is set but empty: give it a value, or unset it");
            assert_eq!(value(name), Err(expected));
            assert_eq!(optional_variable(&lookup, name).unwrap(), None);
            assert_eq!(path(&lookup, name), None);
        }
        assert_eq!(optional_variable(&lookup, "SET").unwrap().unwrap(), " value ");
        assert_eq!(path(&lookup, "SET"), Some(PathBuf::from(" value ")));
        assert_eq!(path(&lookup, "UNSET"), None);
    }

    #[cfg(unix)]
    #[test]
    fn values_must_be_unicode_but_paths_need_not() {
        use std::os::unix::ffi::OsStringExt as _;

        let lookup = |_: &str| Some(OsString::from_vec(b"secret\xff".to_vec()));
        for result in [variable(&lookup, "BYTES"), optional_variable(&lookup, "BYTES")] {
            let error = result.unwrap_err().to_string();
            assert_eq!(error, "`BYTES` is not valid Unicode: correct it");
        }
        assert_eq!(path(&lookup, "BYTES"), lookup("BYTES").map(PathBuf::from));
    }
}
