//! What can be wrong with a network in a file.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where a node is: its position, its name, and what it computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Position in the graph, from 0.
    pub index: usize,
    /// The name that the exporter gave it; may be empty.
    pub name: String,
    /// The ONNX operator.
    pub operator: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} ({}", self.index, self.operator)?;
        if self.name.is_empty() { write!(f, ")") } else { write!(f, " `{}`)", self.name) }
    }
}

/// A node that cannot be computed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is.
    pub place: Place,
    /// What about it is not supported.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// What is wrong with a network: where, what was expected, what was found, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The bytes are no ONNX graph.
    #[error("not an ONNX network: {reason}; export it again with torch.onnx.export")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The operators are of an edition that is not read.
    #[error(
        "the network uses opset {found}; {FIRST_OPSET} to {LAST_OPSET} are read: export it with opset_version=17"
    )]
    Opset {
        /// The edition of the file.
        found: i64,
    },
    /// Nodes without support, all of them.
    #[error("{} of the network's nodes cannot be computed:{}", .0.len(), lines(.0))]
    Unsupported(Vec<Refusal>),
    /// A tensor that is stored in the file, or beside it, is not as it says.
    #[error("the tensor `{name}` {reason}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The graph's ends are not those of a network that maps a batch to a batch.
    #[error("{reason}")]
    Ends {
        /// What is wrong.
        reason: String,
    },
    /// A node met values that it cannot take.
    #[error("{place}: {reason}")]
    Node {
        /// Where.
        place: Place,
        /// What it met.
        reason: String,
    },
    /// The values that are held while the network runs take too much memory together.
    #[error(
        "{place}: with what it gives, values that wait for later nodes take {bytes} bytes; at most {most} may be held"
    )]
    Memory {
        /// The node with which they do.
        place: Place,
        /// How many bytes they take.
        bytes: usize,
        /// How many they may take: [`MOST_HELD_FOR_ONE`](super::MOST_HELD_FOR_ONE) for each example, and three times the stored
        /// tensors.
        most: usize,
    },
    /// The inputs do not fit the network.
    #[error("the network's input `{input}` wants {expected}, but an example is {found}")]
    Input {
        /// The input's name.
        input: String,
        /// The shape that it wants.
        expected: String,
        /// The shape that was given.
        found: String,
    },
    /// Weights from elsewhere that do not fit.
    #[error("the weights do not fit the network:{}", lines(.0))]
    Weights(
        /// One line for each tensor that is missing, left over, of another shape or not finite.
        Vec<String>,
    ),
}

/// The first edition of the operators that is read.
pub const FIRST_OPSET: i64 = 11;
/// The last edition of the operators that is read.
pub const LAST_OPSET: i64 = 21;

/// Each on a line of its own.
fn lines(items: &[impl fmt::Display]) -> String {
    items.iter().fold(String::new(), |text, item| text + "\n  " + &item.to_string())
}
