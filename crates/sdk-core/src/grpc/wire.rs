//! What [`protobuf_message!`](crate::protobuf_message) is made of: how each kind of field goes to
//! the wire and comes from it.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "for generated code only")]

pub use bytes;
pub use prost;

/// Implements `prost::Message` for a struct whose fields are Rust's own types, enums of
/// [`open_number_enum!`](crate::open_number_enum) among them.
///
/// prost's derive does the same, but adds accessors that make an absent text an empty one, and an
/// unknown enum value the first.
#[macro_export]
#[doc(hidden)]
macro_rules! protobuf_message {
    ($name:ident { $($tag:literal => $field:ident: $presence:ident $kind:ident,)* }) => {
        #[allow(unused_variables, deprecated, reason = "messages without or with old fields")]
        impl $crate::grpc::wire::prost::Message for $name {
            fn encode_raw(&self, buffer: &mut impl $crate::grpc::wire::bytes::BufMut) {
                $($crate::grpc::wire::$presence::$kind::encode($tag, &self.$field, buffer);)*
            }

            fn merge_field(
                &mut self,
                tag: u32,
                wire_type: $crate::grpc::wire::prost::encoding::WireType,
                buffer: &mut impl $crate::grpc::wire::bytes::Buf,
                context: $crate::grpc::wire::prost::encoding::DecodeContext,
            ) -> ::std::result::Result<(), $crate::grpc::wire::prost::DecodeError> {
                match tag {
                    $(
                        $tag => $crate::grpc::wire::$presence::$kind::merge(
                            &mut self.$field,
                            wire_type,
                            buffer,
                            context,
                        )
                        .map_err(|mut error| {
                            error.push(stringify!($name), stringify!($field));
                            error
                        }),
                    )*
                    _ => $crate::grpc::wire::prost::encoding::skip_field(
                        wire_type, tag, buffer, context,
                    ),
                }
            }

            fn encoded_len(&self) -> usize {
                0 $(+ $crate::grpc::wire::$presence::$kind::encoded_len($tag, &self.$field))*
            }

            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    };
}

/// Fields that are not sent while they have their default value.
pub mod implicit {
    macro_rules! scalars {
        ($($kind:ident: $type:ty, $is_default:expr;)*) => {$(
            pub mod $kind {
                use bytes::{Buf, BufMut};
                use prost::{DecodeError, encoding::{self, DecodeContext, WireType}};

                const IS_DEFAULT: fn(&$type) -> bool = $is_default;

                pub fn encode(tag: u32, value: &$type, buffer: &mut impl BufMut) {
                    if !IS_DEFAULT(value) {
                        encoding::$kind::encode(tag, value, buffer);
                    }
                }

                pub fn encoded_len(tag: u32, value: &$type) -> usize {
                    if IS_DEFAULT(value) { 0 } else { encoding::$kind::encoded_len(tag, value) }
                }

                pub fn merge(
                    value: &mut $type,
                    wire_type: WireType,
                    buffer: &mut impl Buf,
                    context: DecodeContext,
                ) -> Result<(), DecodeError> {
                    encoding::$kind::merge(wire_type, value, buffer, context)
                }
            }
        )*};
    }

    scalars! {
        string: String, |value| value.is_empty();
        bytes: bytes::Bytes, |value| value.is_empty();
        // Minus zero is not the default.
        double: f64, |value| value.to_bits() == 0;
        int32: i32, |value| *value == 0;
        int64: i64, |value| *value == 0;
        bool: bool, |value| !*value;
    }

    pub mod enumeration {
        use bytes::{Buf, BufMut};
        use prost::{
            DecodeError,
            encoding::{DecodeContext, WireType},
        };

        use super::int32;

        pub fn encode(tag: u32, value: &(impl Copy + Into<i32>), buffer: &mut impl BufMut) {
            int32::encode(tag, &(*value).into(), buffer);
        }

        pub fn encoded_len(tag: u32, value: &(impl Copy + Into<i32>)) -> usize {
            int32::encoded_len(tag, &(*value).into())
        }

        pub fn merge(
            value: &mut impl From<i32>,
            wire_type: WireType,
            buffer: &mut impl Buf,
            context: DecodeContext,
        ) -> Result<(), DecodeError> {
            let mut number = 0;
            int32::merge(&mut number, wire_type, buffer, context)?;
            *value = number.into();
            Ok(())
        }
    }
}

/// Fields whose absence can be told from their default value.
pub mod optional {
    macro_rules! optional {
        ($kind:ident, $type:ty $(, $message:ident)?) => {
            pub mod $kind {
                use bytes::{Buf, BufMut};
                use prost::{DecodeError, encoding::{self, DecodeContext, WireType}};

                pub fn encode$(<$message: prost::Message>)?(
                    tag: u32,
                    value: &Option<$type>,
                    buffer: &mut impl BufMut,
                ) {
                    if let Some(value) = value {
                        encoding::$kind::encode(tag, value, buffer);
                    }
                }

                pub fn encoded_len$(<$message: prost::Message>)?(
                    tag: u32,
                    value: &Option<$type>,
                ) -> usize {
                    value.as_ref().map_or(0, |value| encoding::$kind::encoded_len(tag, value))
                }

                pub fn merge$(<$message: prost::Message + Default>)?(
                    value: &mut Option<$type>,
                    wire_type: WireType,
                    buffer: &mut impl Buf,
                    context: DecodeContext,
                ) -> Result<(), DecodeError> {
                    let value = value.get_or_insert_default();
                    encoding::$kind::merge(wire_type, value, buffer, context)
                }
            }
        };
    }

    optional!(string, String);
    optional!(message, M, M);
}

/// Lists.
pub mod repeated {
    macro_rules! repeated {
        ($kind:ident, $type:ty $(, $message:ident)?) => {
            pub mod $kind {
                use bytes::{Buf, BufMut};
                use prost::{DecodeError, encoding::{self, DecodeContext, WireType}};

                pub fn encode$(<$message: prost::Message>)?(
                    tag: u32,
                    values: &[$type],
                    buffer: &mut impl BufMut,
                ) {
                    encoding::$kind::encode_repeated(tag, values, buffer);
                }

                pub fn encoded_len$(<$message: prost::Message>)?(
                    tag: u32,
                    values: &[$type],
                ) -> usize {
                    encoding::$kind::encoded_len_repeated(tag, values)
                }

                pub fn merge$(<$message: prost::Message + Default>)?(
                    values: &mut Vec<$type>,
                    wire_type: WireType,
                    buffer: &mut impl Buf,
                    context: DecodeContext,
                ) -> Result<(), DecodeError> {
                    encoding::$kind::merge_repeated(wire_type, values, buffer, context)
                }
            }
        };
    }

    repeated!(string, String);
    repeated!(message, M, M);
}
