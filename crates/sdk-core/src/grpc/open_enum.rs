use std::{fmt, marker::PhantomData};

use serde::{Deserializer, Serializer, de};

/// A string that is neither the name of a value nor a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName(Box<str>);

impl UnknownName {
    #[doc(hidden)]
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither the name of a listed value nor a number", self.0)
    }
}

impl std::error::Error for UnknownName {}

/// Writes the name of a value, or its number if it has no name.
///
/// # Errors
///
/// The serializer fails.
pub fn serialize_number<S: Serializer>(
    name: Option<&'static str>,
    number: i32,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match name {
        Some(name) => serializer.serialize_str(name),
        None => serializer.serialize_i32(number),
    }
}

/// Reads the name of a value, or a number.
///
/// # Errors
///
/// Fails on anything else, or on a name that is not listed.
pub fn deserialize_number<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<i32> + std::str::FromStr<Err = UnknownName>,
{
    struct Visitor<T>(PhantomData<T>);

    impl<T: From<i32> + std::str::FromStr<Err = UnknownName>> de::Visitor<'_> for Visitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a value, or its number")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            let out_of_range = |_| E::invalid_value(de::Unexpected::Signed(number), &self);
            i32::try_from(number).map(T::from).map_err(out_of_range)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
            let out_of_range = |_| E::invalid_value(de::Unexpected::Unsigned(number), &self);
            i32::try_from(number).map(T::from).map_err(out_of_range)
        }
    }

    deserializer.deserialize_any(Visitor(PhantomData))
}

/// Declares an enum of a vendor's numbers that also accepts unlisted numbers.
///
/// The first variant is the default. Each enum gets `VALUES`, `number`, `as_str`, `Display` and
/// `FromStr` by name, conversions from and to `i32` that cannot fail, and serde by name, or by
/// number where a value has no name.
///
/// ```
/// sdk_core::open_number_enum! {
///     /// A size.
///     pub enum Size {
///         /// Small.
///         Small = 0, "SIZE_SMALL";
///         /// Large.
///         Large = 1, "SIZE_LARGE";
///     }
/// }
///
/// assert_eq!(Size::from(1), Size::Large);
/// assert_eq!(Size::from(7), Size::Unknown(7));
/// assert_eq!(Size::from(7).number(), 7);
/// assert_eq!(Size::Large.to_string(), "SIZE_LARGE");
/// assert_eq!(Size::Unknown(7).to_string(), "7");
/// assert_eq!("SIZE_LARGE".parse(), Ok(Size::Large));
/// assert_eq!("7".parse(), Ok(Size::Unknown(7)));
/// assert!("SIZE_HUGE".parse::<Size>().is_err());
/// ```
#[macro_export]
macro_rules! open_number_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(#[$first_meta:meta])*
            $first:ident = $first_number:literal, $first_text:literal;
            $(
                $(#[$variant_meta:meta])*
                $variant:ident = $number:literal, $text:literal;
            )*
        }
    ) => {
        $(#[$meta])*
        ///
        /// # Unknown values
        ///
        /// A number that this version does not list becomes `Unknown`, and is sent unchanged.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            #[default]
            $(#[$first_meta])*
            ///
            #[doc = concat!("Wire value: ", $first_number, ", `", $first_text, "`.")]
            $first,
            $(
                $(#[$variant_meta])*
                ///
                #[doc = concat!("Wire value: ", $number, ", `", $text, "`.")]
                $variant,
            )*
            /// A number that this version of the crate does not list. The vendor's own
            /// `Unspecified` is a variant like any other.
            Unknown(i32),
        }

        #[allow(deprecated, reason = "deprecated values are values, too")]
        impl $name {
            /// Every listed value.
            pub const VALUES: &'static [Self] = &[Self::$first, $(Self::$variant),*];

            /// Returns the number on the wire.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self {
                    Self::$first => $first_number,
                    $(Self::$variant => $number,)*
                    Self::Unknown(number) => number,
                }
            }

            /// Returns the vendor's name of the value; `None` if this version does not list it.
            #[must_use]
            pub const fn as_str(self) -> ::std::option::Option<&'static str> {
                match self {
                    Self::$first => ::std::option::Option::Some($first_text),
                    $(Self::$variant => ::std::option::Option::Some($text),)*
                    Self::Unknown(_) => ::std::option::Option::None,
                }
            }
        }

        #[allow(deprecated, reason = "deprecated values are values, too")]
        impl ::std::convert::From<i32> for $name {
            fn from(number: i32) -> Self {
                match number {
                    $first_number => Self::$first,
                    $($number => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }
        }

        impl ::std::convert::From<$name> for i32 {
            fn from(value: $name) -> Self {
                value.number()
            }
        }

        /// Writes the vendor's name of the value, or its number if it has no name.
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self.as_str() {
                    ::std::option::Option::Some(name) => f.pad(name),
                    ::std::option::Option::None => ::std::fmt::Display::fmt(&self.number(), f),
                }
            }
        }

        /// Parses the output of `Display`.
        #[allow(deprecated, reason = "deprecated values are values, too")]
        impl ::std::str::FromStr for $name {
            type Err = $crate::grpc::UnknownName;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $first_text => ::std::result::Result::Ok(Self::$first),
                    $($text => ::std::result::Result::Ok(Self::$variant),)*
                    other => match other.parse::<i32>() {
                        ::std::result::Result::Ok(number) => {
                            ::std::result::Result::Ok(Self::from(number))
                        }
                        ::std::result::Result::Err(_) => {
                            ::std::result::Result::Err($crate::grpc::UnknownName::new(other))
                        }
                    },
                }
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::grpc::serialize_number(self.as_str(), self.number(), serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::grpc::deserialize_number(deserializer)
            }
        }
    };
}
