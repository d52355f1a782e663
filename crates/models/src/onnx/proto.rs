//! The messages of an ONNX file, as far as networks need them (onnx.proto, IR versions 3 to 13). Fields that are not listed
//! are skipped by the decoder. They are only read: nothing is ever encoded.

use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType, double, float, int32, int64, string, uint64};
use prost::{DecodeError, Message};

/// A message: for each field its number, its name, its type, and how it is read.
macro_rules! message {
    ($name:ident { $($tag:literal $field:ident: $kind:ty, $merge:path;)* }) => {
        #[derive(Debug, Clone, PartialEq, Default)]
        pub(super) struct $name {
            $(pub(super) $field: $kind,)*
        }

        impl Message for $name {
            fn encode_raw(&self, _buffer: &mut impl BufMut) {}

            fn merge_field(
                &mut self,
                tag: u32,
                wire: WireType,
                buffer: &mut impl Buf,
                context: DecodeContext,
            ) -> Result<(), DecodeError> {
                match tag {
                    $($tag => $merge(wire, &mut self.$field, buffer, context),)*
                    _ => encoding::skip_field(wire, tag, buffer, context),
                }
            }

            fn encoded_len(&self) -> usize {
                0
            }

            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    };
}

/// A field that may be absent.
fn optional<M: Message + Default>(
    wire: WireType,
    field: &mut Option<M>,
    buffer: &mut impl Buf,
    context: DecodeContext,
) -> Result<(), DecodeError> {
    encoding::message::merge(wire, field.get_or_insert_default(), buffer, context)
}

/// A number that may be absent.
fn optional_number(
    wire: WireType,
    field: &mut Option<i64>,
    buffer: &mut impl Buf,
    context: DecodeContext,
) -> Result<(), DecodeError> {
    int64::merge(wire, field.get_or_insert_default(), buffer, context)
}

message!(Model {
    2 producer_name: String, string::merge;
    3 producer_version: String, string::merge;
    7 graph: Option<Graph>, optional;
    8 opset_import: Vec<OperatorSet>, encoding::message::merge_repeated;
});

message!(OperatorSet {
    1 domain: String, string::merge;
    2 version: i64, int64::merge;
});

message!(Graph {
    1 node: Vec<Node>, encoding::message::merge_repeated;
    5 initializer: Vec<Tensor>, encoding::message::merge_repeated;
    11 input: Vec<ValueInfo>, encoding::message::merge_repeated;
    12 output: Vec<ValueInfo>, encoding::message::merge_repeated;
    15 sparse_initializer: Vec<Vec<u8>>, encoding::bytes::merge_repeated;
});

message!(Node {
    1 input: Vec<String>, string::merge_repeated;
    2 output: Vec<String>, string::merge_repeated;
    3 name: String, string::merge;
    4 op_type: String, string::merge;
    5 attribute: Vec<Attribute>, encoding::message::merge_repeated;
    7 domain: String, string::merge;
});

message!(Attribute {
    1 name: String, string::merge;
    2 f: f32, float::merge;
    3 i: i64, int64::merge;
    4 s: Vec<u8>, encoding::bytes::merge;
    5 t: Option<Tensor>, optional;
    7 floats: Vec<f32>, float::merge_repeated;
    8 ints: Vec<i64>, int64::merge_repeated;
});

message!(Tensor {
    1 dims: Vec<i64>, int64::merge_repeated;
    2 data_type: i32, int32::merge;
    4 float_data: Vec<f32>, float::merge_repeated;
    5 int32_data: Vec<i32>, int32::merge_repeated;
    7 int64_data: Vec<i64>, int64::merge_repeated;
    8 name: String, string::merge;
    9 raw_data: Vec<u8>, encoding::bytes::merge;
    10 double_data: Vec<f64>, double::merge_repeated;
    11 uint64_data: Vec<u64>, uint64::merge_repeated;
    13 external_data: Vec<Entry>, encoding::message::merge_repeated;
    14 data_location: i32, int32::merge;
});

message!(Entry {
    1 key: String, string::merge;
    2 value: String, string::merge;
});

message!(ValueInfo {
    1 name: String, string::merge;
    2 kind: Option<Type>, optional;
});

message!(Type {
    1 tensor: Option<TensorType>, optional;
});

message!(TensorType {
    1 element: i32, int32::merge;
    2 shape: Option<Shape>, optional;
});

message!(Shape {
    1 dim: Vec<Dimension>, encoding::message::merge_repeated;
});

// The second field is the name of a length that is open.
message!(Dimension {
    1 value: Option<i64>, optional_number;
});
