use std::{fmt, str::FromStr};

use crate::{Column, Error, row::Presence};

/// A version of FOCUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Version {
    /// 1.2, which most consumers read.
    #[default]
    V1_2,
    /// 1.4, with `ServiceProviderName` and `HostProviderName` instead of `ProviderName` and
    /// `PublisherName`.
    V1_4,
}

impl Version {
    /// All supported versions.
    pub const VALUES: &[Self] = &[Self::V1_2, Self::V1_4];

    /// Returns the version as a string, such as `1.2`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_4 => "1.4",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::VALUES.iter().copied().find(|version| version.as_str() == text).ok_or_else(|| {
            Error::usage(format!("FOCUS version {text:?} is not supported: use 1.2 or 1.4"))
        })
    }
}

/// Columns that a source of rows can fill, in addition to the mandatory ones.
///
/// FOCUS requires a conditional column in the dataset if, and only if, the provider supports the
/// feature that it describes. Each source module has constants for its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Columns {
    /// Conditional columns of FOCUS.
    pub supported: &'static [Column],
    /// Columns outside FOCUS. Their names start with `x_`.
    pub custom: &'static [&'static str],
}

impl Columns {
    pub(crate) const fn new(supported: &'static [Column], custom: &'static [&'static str]) -> Self {
        Self { supported, custom }
    }
}

/// The columns of a file, in order: those of FOCUS alphabetically, then those outside FOCUS.
///
/// ```
/// # #[cfg(feature = "scaleway")] {
/// use billing_focus::{Schema, Version, scaleway};
///
/// let schema = Schema::new(Version::V1_2, scaleway::CONSUMPTION_COLUMNS);
/// assert!(schema.names().any(|name| name == "BilledCost"));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    version: Version,
    columns: Vec<Column>,
    custom: Vec<String>,
}

impl Schema {
    /// Creates the schema of a source in a version of FOCUS.
    #[must_use]
    pub fn new(version: Version, columns: Columns) -> Self {
        let wanted = |column: &&Column| match column.presence() {
            Presence::Always => true,
            Presence::AlwaysIn12 => version == Version::V1_2,
            Presence::AlwaysIn14 => version >= Version::V1_4,
            Presence::IfSupported => columns.supported.contains(column),
            Presence::IfSupportedIn14 => {
                version >= Version::V1_4 && columns.supported.contains(column)
            }
        };
        Self {
            version,
            columns: Column::VALUES.iter().filter(wanted).copied().collect(),
            custom: columns.custom.iter().copied().map(str::to_owned).collect(),
        }
    }

    /// Adds a column outside FOCUS, which is written from [`Row::custom`](crate::Row::custom).
    ///
    /// # Errors
    ///
    /// Fails if the name does not start with `x_`, as FOCUS requires, or is already used.
    pub fn with_custom(mut self, name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        if !name.starts_with("x_") || self.custom.contains(&name) {
            return Err(Error::usage(format!(
                "the column name {name:?} must begin with `x_` and must not occur twice"
            )));
        }
        self.custom.push(name);
        Ok(self)
    }

    /// Returns the version of FOCUS.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the columns of FOCUS.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the names of the columns outside FOCUS.
    #[must_use]
    pub fn custom(&self) -> &[String] {
        &self.custom
    }

    /// Returns the names of all columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let columns = self.columns.iter().map(|column| column.as_str());
        columns.chain(self.custom.iter().map(String::as_str))
    }
}
