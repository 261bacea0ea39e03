/// Declares an enum of a vendor's numbers that also holds any number not listed.
///
/// The first variant is the default. Each enum gets `VALUES`, `number`, `as_str`, `Display`, and
/// conversions from and to `i32` that cannot fail.
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
        /// A number that this version does not list is kept as `Unknown`, and sent back unchanged.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            #[default]
            $(#[$first_meta])*
            $first,
            $(
                $(#[$variant_meta])*
                $variant,
            )*
            /// A number that this version does not list.
            Unknown(i32),
        }

        #[allow(deprecated, reason = "deprecated values are values, too")]
        impl $name {
            /// Every listed value.
            pub const VALUES: &'static [Self] = &[Self::$first, $(Self::$variant),*];

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self {
                    Self::$first => $first_number,
                    $(Self::$variant => $number,)*
                    Self::Unknown(number) => number,
                }
            }

            /// The vendor's name of the value; `None` if this version does not list it.
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

        /// The vendor's name, or the number of a value that has none.
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self.as_str() {
                    ::std::option::Option::Some(name) => f.pad(name),
                    ::std::option::Option::None => ::std::fmt::Display::fmt(&self.number(), f),
                }
            }
        }
    };
}
