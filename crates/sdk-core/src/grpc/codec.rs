use std::{marker::PhantomData, sync::Arc};

use prost::Message;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// Protocol Buffers, as the gRPC library's own codec has them, but for one thing: a message that
/// cannot be decoded keeps its cause, so that it can be told from a status of the service.
pub(super) struct ProtobufCodec<Q, A>(PhantomData<(Q, A)>);

impl<Q, A> ProtobufCodec<Q, A> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<Q, A> Codec for ProtobufCodec<Q, A>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    type Encode = Q;
    type Decode = A;
    type Encoder = Protobuf<Q>;
    type Decoder = Protobuf<A>;

    fn encoder(&mut self) -> Self::Encoder {
        Protobuf(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        Protobuf(PhantomData)
    }
}

pub(super) struct Protobuf<T>(PhantomData<T>);

impl<Q: Message> Encoder for Protobuf<Q> {
    type Item = Q;
    type Error = Status;

    fn encode(&mut self, item: Q, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|error| because("the request cannot be encoded", error))
    }
}

impl<A: Message + Default> Decoder for Protobuf<A> {
    type Item = A;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<A>, Status> {
        A::decode(buffer).map(Some).map_err(|error| because("the answer cannot be decoded", error))
    }
}

fn because(message: &str, error: impl std::error::Error + Send + Sync + 'static) -> Status {
    let mut status = Status::internal(message);
    status.set_source(Arc::new(error));
    status
}
