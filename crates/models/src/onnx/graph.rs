//! A graph as it is written in a file: which nodes there are, what they compute, and which tensors are stored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prost::Message;

use super::attributes::Attributes;
use super::error::{FIRST_OPSET, LAST_OPSET, OnnxError, Place, Refusal};
use super::host::{Host, Numbers};
use super::operation::Operation;
use super::operation::layout::Layout;
use super::proto;

/// The largest file that is read.
const LARGEST: u64 = 2 << 30;

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is.
    pub place: Place,
    /// What it computes.
    pub operation: Operation,
    /// The names of its inputs; empty for one that is left out.
    pub inputs: Vec<String>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

/// What the network takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// The lengths of its axes, as far as they are fixed. The first one counts examples.
    pub shape: Vec<Option<usize>>,
    /// Whether it takes integers, as tokens are.
    pub integers: bool,
}

/// A stored tensor that training changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its name, which is that of `PyTorch`'s `state_dict` if the exporter kept it.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its entries, row by row.
    pub values: Vec<f64>,
}

/// A network as a graph.
///
/// # Parameters and constants
/// A stored floating-point tensor with at least one axis is a parameter if a product, a convolution, a normalization's gain
/// or shift, a sum or another function with a derivative takes it. Running means and variances, single numbers, masks (with
/// infinite entries) and the values of `Constant` nodes are constants.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The edition of the operators.
    pub opset: i64,
    /// The program that wrote the file, with its version.
    pub producer: String,
    /// The nodes on which the output depends, in an order in which they can be computed.
    pub nodes: Vec<Node>,
    /// What goes in.
    pub input: Input,
    /// The name of what comes out.
    pub output: String,
    /// The trained tensors, in the order of the file.
    pub parameters: Vec<Stored>,
    /// The other stored tensors.
    pub constants: BTreeMap<String, Host>,
}

impl Graph {
    /// Reads a file. Tensors that it keeps in other files are looked for in its folder, and nowhere else.
    ///
    /// # Errors
    /// See [`OnnxError`]: a file that cannot be read, bytes that are no network, operators without support (all of them at
    /// once), stored tensors that are not as they say.
    pub fn read(file: &Path) -> Result<Self, OnnxError> {
        let unreadable = |source| OnnxError::Unreadable { file: file.to_owned(), source };
        let size = std::fs::metadata(file).map_err(unreadable)?.len();
        if size > LARGEST {
            return Err(OnnxError::Malformed { reason: format!("it has {size} bytes, more than {LARGEST}") });
        }
        let bytes = std::fs::read(file).map_err(unreadable)?;
        let folder =
            file.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        Self::parse(&bytes, folder)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// As [`Graph::read`].
    pub fn parse(bytes: &[u8], folder: Option<&Path>) -> Result<Self, OnnxError> {
        let malformed = |reason: String| OnnxError::Malformed { reason };
        let model = proto::Model::decode(bytes).map_err(|error| malformed(error.to_string()))?;
        let graph = model.graph.ok_or_else(|| malformed("it holds no graph".to_owned()))?;
        let opset = model.opset_import.iter().find(|set| standard(&set.domain)).map_or(0, |set| set.version);
        if !(FIRST_OPSET..=LAST_OPSET).contains(&opset) {
            return Err(OnnxError::Opset { found: opset });
        }
        if !graph.sparse_initializer.is_empty() {
            return Err(malformed("it stores sparse tensors, which are not read".to_owned()));
        }
        let mut stored = Vec::with_capacity(graph.initializer.len());
        for tensor in &graph.initializer {
            let named = |reason| OnnxError::Tensor { name: tensor.name.clone(), reason };
            stored.push((tensor.name.clone(), Host::stored(tensor, folder).map_err(named)?));
        }
        let names: BTreeSet<&str> = stored.iter().map(|(name, _)| name.as_str()).collect();
        let input = input(&graph, &names)?;
        let output = output(&graph)?;
        let needed = needed(&graph, &output);
        let nodes = read_nodes(&graph, &needed, opset)?;
        let (nodes, stored) = untie(nodes, stored);
        check_order(&nodes, &stored, &input, &output)?;
        let (parameters, constants) = sort(&nodes, stored)?;
        let producer = format!("{} {}", model.producer_name, model.producer_version).trim().to_owned();
        Ok(Self { opset, producer, nodes, input, output, parameters, constants })
    }
}

impl Graph {
    /// The running means and variances of normalizations: no parameters, but a part of what training changes.
    pub fn statistics(&self) -> Vec<(&String, &Host)> {
        let taken = self.nodes.iter().filter(|node| matches!(node.operation, Operation::Normalization(_)));
        let names: BTreeSet<&String> = taken.flat_map(|node| node.inputs.iter().skip(3)).collect();
        self.constants.iter().filter(|(name, host)| names.contains(name) && host.floats().is_some()).collect()
    }
}

fn standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// The only input that is not stored.
fn input(graph: &proto::Graph, stored: &BTreeSet<&str>) -> Result<Input, OnnxError> {
    let free: Vec<&proto::ValueInfo> =
        graph.input.iter().filter(|input| !stored.contains(input.name.as_str())).collect();
    let [input] = free.as_slice() else {
        let names: Vec<&str> = free.iter().map(|input| input.name.as_str()).collect();
        let reason =
            format!("a network with one input is measured, but this one takes {}: {names:?}", names.len());
        return Err(OnnxError::Ends { reason });
    };
    let kind = input.kind.as_ref().and_then(|kind| kind.tensor.as_ref());
    let shape = kind.and_then(|kind| kind.shape.as_ref()).ok_or_else(|| OnnxError::Ends {
        reason: format!("the input `{}` does not say which shape it has", input.name),
    })?;
    let length = |dimension: &proto::Dimension| dimension.value.and_then(|value| usize::try_from(value).ok());
    let shape: Vec<Option<usize>> = shape.dim.iter().map(length).collect();
    let integers = match kind.map_or(0, |kind| kind.element) {
        1 | 10 | 11 | 16 => false,
        6 | 7 => true,
        other => {
            let reason =
                format!("the input `{}` has the ONNX type {other}, neither numbers nor integers", input.name);
            return Err(OnnxError::Ends { reason });
        }
    };
    match shape.first() {
        Some(None) => Ok(Input { name: input.name.clone(), shape, integers }),
        Some(Some(1)) | None => Err(OnnxError::Ends {
            reason: format!(
                "the input `{}` takes one example at a time; export with dynamic_axes={{'{0}': {{0: 'batch'}}}}, or with \
                 dynamic_shapes",
                input.name
            ),
        }),
        Some(Some(count)) => Err(OnnxError::Ends {
            reason: format!(
                "the input `{}` takes exactly {count} examples at a time; export with dynamic_axes={{'{0}': {{0: \
                 'batch'}}}}, or with dynamic_shapes",
                input.name
            ),
        }),
    }
}

fn output(graph: &proto::Graph) -> Result<String, OnnxError> {
    match graph.output.as_slice() {
        [output] => Ok(output.name.clone()),
        outputs => {
            let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            let reason =
                format!("a network with one output is measured, but this one has {}: {names:?}", names.len());
            Err(OnnxError::Ends { reason })
        }
    }
}

/// For each node, whether the output depends on it.
fn needed(graph: &proto::Graph, output: &str) -> Vec<bool> {
    let mut wanted: BTreeSet<&str> = BTreeSet::from([output]);
    let mut needed = vec![false; graph.node.len()];
    for (index, node) in graph.node.iter().enumerate().rev() {
        if node.output.iter().any(|name| wanted.contains(name.as_str())) {
            needed[index] = true;
            wanted.extend(node.input.iter().map(String::as_str));
        }
    }
    needed
}

fn read_nodes(graph: &proto::Graph, needed: &[bool], opset: i64) -> Result<Vec<Node>, OnnxError> {
    let (mut nodes, mut refusals) = (vec![], vec![]);
    for (index, node) in graph.node.iter().enumerate().filter(|&(index, _)| needed[index]) {
        let place = Place { index, name: node.name.clone(), operator: node.op_type.clone() };
        let read = if standard(&node.domain) {
            Operation::read(&node.op_type, &Attributes { all: &node.attribute, opset })
        } else {
            Err(format!("belongs to `{}`, not to ONNX's own operators", node.domain))
        };
        match read {
            Ok(operation) => {
                nodes.push(Node { place, operation, inputs: node.input.clone(), outputs: node.output.clone() });
            }
            Err(reason) => refusals.push(Refusal { place, reason }),
        }
    }
    if refusals.is_empty() { Ok(nodes) } else { Err(OnnxError::Unsupported(refusals)) }
}

/// `PyTorch`'s older exporter stores equal tensors once, and gives the others their names by an identity: each of them
/// becomes a tensor of its own again.
fn untie(nodes: Vec<Node>, mut stored: Vec<(String, Host)>) -> (Vec<Node>, Vec<(String, Host)>) {
    let mut rest = Vec::with_capacity(nodes.len());
    for node in nodes {
        let source = match (&node.operation, node.inputs.first(), node.outputs.as_slice()) {
            (Operation::Layout(Layout::Identity), Some(input), [_]) => {
                stored.iter().find(|(name, _)| name == input).map(|(_, host)| host.clone())
            }
            _ => None,
        };
        match source {
            Some(host) => stored.push((node.outputs[0].clone(), host)),
            None => rest.push(node),
        }
    }
    (rest, stored)
}

/// Each name is given once, and before it is used.
fn check_order(
    nodes: &[Node],
    stored: &[(String, Host)],
    input: &Input,
    output: &str,
) -> Result<(), OnnxError> {
    let malformed = |reason: String| OnnxError::Malformed { reason };
    let mut known: BTreeSet<&str> = BTreeSet::from([input.name.as_str()]);
    for (name, _) in stored {
        if !known.insert(name) {
            return Err(malformed(format!("the tensor `{name}` is stored twice")));
        }
    }
    for node in nodes {
        if let Some(missing) =
            node.inputs.iter().find(|name| !name.is_empty() && !known.contains(name.as_str()))
        {
            return Err(malformed(format!("{} takes `{missing}`, which nothing before it gives", node.place)));
        }
        for name in node.outputs.iter().filter(|name| !name.is_empty()) {
            if !known.insert(name) {
                return Err(malformed(format!("{} gives `{name}`, which exists already", node.place)));
            }
        }
    }
    if known.contains(output) { Ok(()) } else { Err(malformed(format!("nothing gives the output `{output}`"))) }
}

/// Whether a tensor at this place of a node can be a parameter.
fn trainable(operation: &Operation, at: usize) -> bool {
    use super::operation::Binary;
    use super::operation::activation::Activation;
    match operation {
        Operation::Binary(Binary::Pow) => at == 0,
        Operation::Linear(_) | Operation::Binary(_) | Operation::Unary(_) => true,
        Operation::Convolution(_) | Operation::Normalization(_) => at == 1 || at == 2,
        Operation::Activation(Activation::PRelu) => at == 1,
        Operation::Activation(_)
        | Operation::Layout(_)
        | Operation::Slice(_)
        | Operation::Pad(_)
        | Operation::Gather(_) => at == 0,
        Operation::Choice(_) | Operation::Pooling(_) | Operation::Reduction(_) => false,
    }
}

type Sorted = (Vec<Stored>, BTreeMap<String, Host>);

/// Parameters and constants.
fn sort(nodes: &[Node], stored: Vec<(String, Host)>) -> Result<Sorted, OnnxError> {
    let mut trained: BTreeSet<&str> = BTreeSet::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for node in nodes {
        for (at, name) in node.inputs.iter().enumerate() {
            used.insert(name);
            if trainable(&node.operation, at) {
                trained.insert(name);
            }
        }
    }
    let (mut parameters, mut constants) = (vec![], BTreeMap::new());
    for (name, host) in stored {
        if !used.contains(name.as_str()) {
            continue;
        }
        let infinite = host.floats().is_some_and(|values| values.iter().any(|value| value.is_infinite()));
        if let Some(at) = host.floats().and_then(|values| values.iter().position(|value| value.is_nan())) {
            return Err(OnnxError::Tensor { name, reason: format!("is not a number at its entry {at}") });
        }
        match host.numbers {
            Numbers::Float(values)
                if trained.contains(name.as_str()) && !host.shape.is_empty() && !infinite =>
            {
                if values.is_empty() {
                    let reason = format!("has the shape {:?}: no entries", host.shape);
                    return Err(OnnxError::Tensor { name, reason });
                }
                parameters.push(Stored { name, shape: host.shape, values });
            }
            numbers => {
                constants.insert(name, Host { shape: host.shape, numbers });
            }
        }
    }
    Ok((parameters, constants))
}
