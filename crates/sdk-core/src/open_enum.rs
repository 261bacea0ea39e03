use std::{fmt, hash::Hash, marker::PhantomData};

use serde::{Deserializer, de::Visitor};

/// A vendor's enum that keeps values that this version of the crate does not list.
///
/// All enums of string values implement this trait, so generic code can treat them alike:
///
/// ```
/// # use sdk_core::OpenEnum;
/// fn choices<E: OpenEnum>() -> String {
///     E::VALUES.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
/// }
/// # sdk_core::open_enum! {
/// #     /// A size.
/// #     pub enum Size {
/// #         /// Small.
/// #         Small = "s",
/// #         /// Large.
/// #         Large = "l",
/// #     }
/// # }
/// # assert_eq!(choices::<Size>(), "s, l");
/// ```
pub trait OpenEnum: Clone + Eq + Hash + fmt::Display + for<'a> From<&'a str> + 'static {
    /// Every listed value.
    const VALUES: &'static [Self];

    /// Returns the value on the wire.
    fn as_str(&self) -> &str;

    /// Returns whether this version lists the value.
    fn is_listed(&self) -> bool {
        Self::VALUES.contains(self)
    }
}

/// A value that a vendor sent and this version does not list.
///
/// The value is kept as received and serializes unchanged. A later version may list it as a
/// variant, so compare its string instead of relying on `Unknown`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// Returns the value on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[doc(hidden)]
    #[must_use]
    pub fn from_wire(value: &str) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Declares an enum of a vendor's strings that also accepts unlisted strings.
///
/// The first variant is the default. Each enum gets `VALUES`, `as_str`,
/// [`OpenEnum`](crate::OpenEnum), `Display`, comparison with strings, conversions from strings that
/// cannot fail, serde as a string, and [`QueryValue`](crate::http::QueryValue).
///
/// ```
/// sdk_core::open_enum! {
///     /// A size.
///     pub enum Size {
///         /// Small.
///         Small = "s",
///         /// Large.
///         Large = "l",
///     }
/// }
///
/// assert_eq!(Size::from("l"), Size::Large);
/// assert_eq!(Size::from("xxl").as_str(), "xxl");
/// assert_eq!(Size::Large, "l");
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(#[$first_meta:meta])*
            $first:ident = $first_text:literal,
            $(
                $(#[$variant_meta:meta])*
                $variant:ident = $text:literal,
            )*
        }
    ) => {
        $(#[$meta])*
        ///
        /// # Unknown values
        ///
        /// A value that this version does not list becomes `Unknown`, and is sent unchanged.
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            #[default]
            $(#[$first_meta])*
            ///
            #[doc = concat!("Wire value: `", $first_text, "`.")]
            $first,
            $(
                $(#[$variant_meta])*
                ///
                #[doc = concat!("Wire value: `", $text, "`.")]
                $variant,
            )*
            /// A value that this version of the crate does not list, kept as received. The vendor's
            /// own values such as `unknown_type` are variants like any other.
            Unknown($crate::UnknownValue),
        }

        impl $name {
            /// Every listed value.
            pub const VALUES: &'static [Self] = &[Self::$first, $(Self::$variant),*];

            /// Returns the value on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$variant => $text,)*
                    Self::Unknown(value) => value.as_str(),
                }
            }
        }

        impl $crate::OpenEnum for $name {
            const VALUES: &'static [Self] = Self::VALUES;

            fn as_str(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::cmp::PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl ::std::cmp::PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $first_text => Self::$first,
                    $($text => Self::$variant,)*
                    other => Self::Unknown($crate::UnknownValue::from_wire(other)),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(value: ::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::convert::From<&::std::string::String> for $name {
            fn from(value: &::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::__private::deserialize_text(deserializer)
            }
        }

        impl $crate::http::QueryValue for $name {
            fn append_to(&self, values: &mut ::std::vec::Vec<::std::string::String>) {
                values.push(self.as_str().to_owned());
            }
        }
    };
}

/// Deserializes a string and converts it, without a copy.
///
/// # Errors
///
/// Fails if the value is not a string.
pub fn deserialize_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    struct Text<T>(PhantomData<T>);

    impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, value: &str) -> Result<T, E> {
            Ok(T::from(value))
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}
