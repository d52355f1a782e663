"""Makes `operators.json`: each operator in graphs of one node, with what it gives for two examples; and `refused.json`:
graphs that cannot be taken, with a part of the sentence that must say why.

    python operators.py         (onnx 1.23, onnxruntime 1.31, torch 2.15, numpy)

Each graph starts with `v = x + p`, where `p` is a parameter of zeros, so that there is something to differentiate by. Values
are those of onnx's reference implementation in binary64; onnxruntime must agree where it has the operator, or PyTorch where
the reference is known to be wrong (`torch=`). Settings are sums of few powers of two, which binary32 holds exactly.
"""
import base64, json, os, sys
import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(7)
cases, disagreements = [], []
DOUBLE = TensorProto.DOUBLE


def model(nodes, stored, shape, opset, whole):
    """`whole`: the result is not one row for each example, and becomes a row of its own for each of them."""
    parameter = numpy_helper.from_array(np.zeros([1] + shape[1:]), "p")
    nodes = [helper.make_node("Add", ["x", "p"], ["v"], name="shift")] + nodes
    initializers = [parameter] + [numpy_helper.from_array(np.asarray(a), n) for n, a in stored.items()]
    output = "out"
    if whole:
        width = int(np.prod(shape[1:]))
        initializers += [numpy_helper.from_array(np.zeros([width, 1]), "nothing"),
                         numpy_helper.from_array(np.array([1, -1]), "row")]
        nodes += [helper.make_node("Flatten", ["x"], ["flat"]), helper.make_node("MatMul", ["flat", "nothing"], ["none"]),
                  helper.make_node("Reshape", ["out", "row"], ["one"]), helper.make_node("Add", ["none", "one"], ["rows"])]
        output = "rows"
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", DOUBLE, ["n"] + shape[1:])],
        [helper.make_tensor_value_info(output, DOUBLE, None)], initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7 if opset < 19 else 9)
    made.producer_name = "operators.py"
    for value in made.graph.output:
        value.type.tensor_type.ClearField("shape")
    return made


def run(made, x):
    """What the reference and the runtime give for the node `out`."""
    made = onnx.ModelProto.FromString(made.SerializeToString())
    made.graph.output[0].name = "out"
    found = {}
    try:
        found["reference"] = np.asarray(ReferenceEvaluator(made).run(["out"], {"x": x})[0])
    except Exception as error:
        found["reference error"] = str(error)[:200]
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        found["runtime"] = onnxruntime.InferenceSession(made.SerializeToString(), options).run(["out"], {"x": x})[0]
    except Exception as error:
        found["runtime error"] = str(error)[:200]
    return found


def graph(name, nodes, shape, stored={}, opsets=(11, 21), whole=False, x=None, torch_says=None, smooth=True):
    shape = list(shape)
    if x is None:
        x = np.round(rng.normal(size=shape), 3)
    models, value = [], None
    for opset in opsets:
        of = nodes(opset) if callable(nodes) else nodes
        made = model(of, stored(opset) if callable(stored) else stored, shape, opset, whole)
        found = run(made, x)
        if torch_says is not None:
            truth = torch_says(torch.tensor(x)).numpy()
            found["torch"] = truth
        else:
            truth = found.get("reference", found.get("runtime"))
        if truth is None:
            sys.exit(f"{name} at {opset}: {found}")
        for who in ["reference", "runtime", "torch"]:
            if who in found and (found[who].shape != truth.shape or not np.allclose(found[who], truth, 1e-9, 1e-12)):
                by = np.abs(found[who] - truth).max() if found[who].shape == truth.shape else "its shape"
                disagreements.append(f"{name} at opset {opset}: {who} differs by {by}")
        if value is not None:
            same = value.shape == truth.shape and np.allclose(value, truth, 1e-12, 1e-12)
            assert same, (name, opset, value, found)
        value = truth
        models.append(base64.b64encode(made.SerializeToString()).decode())
    if not np.isfinite(value).all():
        sys.exit(f"{name}: not finite")
    cases.append({"name": name, "opsets": list(opsets), "models": models, "shape": list(value.shape), "smooth": smooth,
                  "examples": x.flatten().tolist(), "values": value.astype(float).flatten().tolist()})


def op(name, operator, shape, *stored, opsets=(11, 21), whole=False, x=None, torch_says=None, smooth=True, **attributes):
    """One operator, which takes `v` and stored tensors; `None` leaves one out."""
    inputs = ["v"] + ["" if s is None else f"c{n}" for n, s in enumerate(stored)]
    kept = {f"c{n}": s for n, s in enumerate(stored) if s is not None}
    node = helper.make_node(operator, inputs, ["out"], name="op", **attributes)
    graph(name, [node], shape, kept, opsets, whole, x, torch_says, smooth)


def draw(*shape):
    return np.round(rng.normal(size=shape), 3)


def ints(*values):
    return np.array(values, dtype=np.int64)


# Products and convolutions.
op("Gemm", "Gemm", [2, 3], draw(3, 4), draw(4))
op("Gemm: all settings", "Gemm", [2, 3], draw(4, 2), draw(3, 1), alpha=0.5, beta=0.25, transA=1, transB=1, whole=True)
op("Gemm: without C", "Gemm", [2, 3], draw(4, 3), transB=1, alpha=-2.0)
op("Gemm: C is a number", "Gemm", [2, 3], draw(3, 4), np.array(0.75))
op("MatMul", "MatMul", [2, 3], draw(3, 4))
op("MatMul: stacks", "MatMul", [2, 3, 4], draw(4, 2))
op("MatMul: stack by stack", "MatMul", [2, 3, 4], draw(2, 4, 2))
op("MatMul: broadcast", "MatMul", [2, 3, 4], draw(5, 1, 4, 2), whole=True)
op("MatMul: a column", "MatMul", [2, 3, 4], draw(4))
graph("MatMul: a row", [helper.make_node("MatMul", ["c", "v"], ["out"])], [2, 3, 4], {"c": draw(3)})
op("Conv 1-D", "Conv", [2, 3, 9], draw(4, 3, 3), draw(4), kernel_shape=[3])
op("Conv 1-D: all settings", "Conv", [2, 4, 9], draw(6, 2, 3), draw(6), kernel_shape=[3], strides=[2], dilations=[2],
   group=2, pads=[3, 1])
op("Conv 1-D: same", "Conv", [2, 2, 7], draw(3, 2, 4), auto_pad="SAME_UPPER", strides=[2])
op("Conv 2-D", "Conv", [2, 2, 5, 6], draw(3, 2, 3, 2), draw(3))
op("Conv 2-D: all settings", "Conv", [2, 4, 6, 7], draw(6, 2, 3, 2), draw(6), kernel_shape=[3, 2], strides=[2, 1],
   dilations=[1, 2], group=2, pads=[1, 0, 2, 3])
op("Conv 2-D: depthwise", "Conv", [2, 3, 5, 5], draw(3, 1, 3, 3), None, group=3, pads=[1, 1, 1, 1])
op("Conv 2-D: upper", "Conv", [2, 1, 5, 6], draw(2, 1, 2, 3), auto_pad="SAME_UPPER", strides=[2, 2])
op("Conv 2-D: lower", "Conv", [2, 1, 5, 6], draw(2, 1, 2, 3), auto_pad="SAME_LOWER", strides=[1, 2],
   torch_says=None)
op("Conv 2-D: valid", "Conv", [2, 1, 5, 6], draw(2, 1, 2, 3), auto_pad="VALID", strides=[2, 2])

# Normalizations.
channels = [draw(3), draw(3), draw(3), np.abs(draw(3)) + 0.5]
batch_norm = lambda x: F.batch_norm(x, *(torch.tensor(channels[n]) for n in [2, 3, 0, 1]), eps=2.0**-10)
for name, shape in [("sequences", [2, 3, 4]), ("rows", [2, 3]), ("images", [2, 3, 2, 2])]:
    op(f"BatchNormalization: {name}", "BatchNormalization", shape, *channels, epsilon=2.0**-10, momentum=0.5,
       opsets=(11, 14, 15, 21), torch_says=batch_norm)
op("LayerNormalization", "LayerNormalization", [2, 3, 4], draw(4), draw(4), epsilon=2.0**-10, opsets=(17, 21))
op("LayerNormalization: two axes", "LayerNormalization", [2, 3, 4], draw(3, 4), None, axis=1, epsilon=2.0**-10,
   opsets=(17, 21))
op("LayerNormalization: negative axis", "LayerNormalization", [2, 3, 4], draw(3, 4), draw(3, 4), axis=-2,
   epsilon=2.0**-10, opsets=(17, 21))
op("LayerNormalization: one gain", "LayerNormalization", [2, 3, 4], draw(1), draw(4), epsilon=2.0**-10, opsets=(17, 21))
op("InstanceNormalization", "InstanceNormalization", [2, 3, 5], draw(3), draw(3), epsilon=2.0**-10)
op("InstanceNormalization: images", "InstanceNormalization", [2, 2, 3, 4], draw(2), draw(2), epsilon=2.0**-10)
gain, shift = draw(4), draw(4)
op("GroupNormalization", "GroupNormalization", [2, 4, 3], gain, shift, num_groups=2, epsilon=2.0**-10, opsets=(21,),
   torch_says=lambda x: F.group_norm(x, 2, torch.tensor(gain), torch.tensor(shift), 2.0**-10))
op("GroupNormalization: images", "GroupNormalization", [2, 4, 2, 3], gain, shift, num_groups=4, epsilon=2.0**-10,
   opsets=(21,), torch_says=lambda x: F.group_norm(x, 4, torch.tensor(gain), torch.tensor(shift), 2.0**-10))
few, less = draw(2), draw(2)
op("GroupNormalization: by group", "GroupNormalization", [2, 4, 3], few, less, num_groups=2, epsilon=2.0**-10,
   opsets=(18, 20), torch_says=lambda x: F.group_norm(x, 2, torch.tensor(np.repeat(few, 2)),
                                                     torch.tensor(np.repeat(less, 2)), 2.0**-10))

# Activations.
for operator, settings, opsets in [
    ("Relu", {}, (11, 13, 21)), ("LeakyRelu", {}, (11, 16)), ("LeakyRelu", {"alpha": 0.375}, (11, 21)),
    ("Elu", {}, (11, 21)), ("Elu", {"alpha": 0.625}, (11, 21)), ("Sigmoid", {}, (11, 21)), ("Tanh", {}, (11, 21)),
    ("Softplus", {}, (11, 21)), ("Erf", {}, (11, 21)), ("Softsign", {}, (11, 21)),
    ("Selu", {"alpha": 1.5, "gamma": 1.25}, (11, 21)), ("Celu", {"alpha": 0.75}, (12, 21)),
    ("HardSigmoid", {"alpha": 0.25, "beta": 0.375}, (11, 21)), ("HardSwish", {}, (14, 21)), ("Mish", {}, (18, 21)),
    ("Gelu", {}, (20, 21)), ("Gelu", {"approximate": "tanh"}, (20, 21)),
    ("Abs", {}, (11, 21)), ("Neg", {}, (11, 21)), ("Exp", {}, (11, 21)), ("Sin", {}, (11, 21)), ("Cos", {}, (11, 21)),
]:
    says = {"LeakyRelu": None if settings else (lambda x: F.leaky_relu(x, 0.01)),
            "Erf": torch.erf, "HardSwish": F.hardswish,
            "Gelu": lambda x, s=settings: F.gelu(x, approximate=s.get("approximate", "none"))}.get(operator)
    op(" ".join([operator] + [f"{k}={v}" for k, v in settings.items()]), operator, [2, 7], opsets=opsets, torch_says=says,
       x=np.round(2 * rng.normal(size=[2, 7]), 3), **settings)
op("Sign", "Sign", [2, 3], smooth=False)
positive = np.round(np.abs(rng.normal(size=[2, 5])) + 0.25, 3)
for operator in ["Log", "Sqrt", "Reciprocal"]:
    op(operator, operator, [2, 5], x=positive)
slope = np.abs(draw(3, 1))
op("PRelu", "PRelu", [2, 3, 4], slope)
for operator, function in [("Softmax", torch.softmax), ("LogSoftmax", torch.log_softmax)]:
    together = lambda x, f=function: f(x.flatten(1), 1).view_as(x)
    op(f"{operator}: before 13", operator, [2, 3, 4], opsets=(11, 12), torch_says=together)
    op(f"{operator}: before 13, last axis", operator, [2, 3, 4], opsets=(11, 12), axis=2,
       torch_says=lambda x, f=function: f(x, 2))
    op(f"{operator}: before 13, negative axis", operator, [2, 3, 4], opsets=(11, 12), axis=-2, torch_says=together)
    op(f"{operator}: from 13", operator, [2, 3, 4], opsets=(13, 21))
    op(f"{operator}: from 13, an axis", operator, [2, 3, 4], opsets=(13, 21), axis=1)
    op(f"{operator}: large entries", operator, [2, 4], opsets=(13, 21), x=np.round(300 * rng.normal(size=[2, 4]), 1),
       torch_says=lambda x, f=function: f(x, 1))

# Poolings. PyTorch's rule for a last window that would begin in the padding is ONNX's since 1.16.
op("MaxPool 1-D", "MaxPool", [2, 2, 8], kernel_shape=[3])
op("MaxPool 1-D: all settings", "MaxPool", [2, 2, 9], kernel_shape=[3], strides=[2], dilations=[2], pads=[1, 1], ceil_mode=1,
   torch_says=lambda x: F.max_pool1d(x, 3, 2, 1, 2, True))
op("MaxPool 2-D", "MaxPool", [2, 1, 6, 6], kernel_shape=[2, 3], strides=[2, 1])
op("MaxPool 2-D: uneven padding", "MaxPool", [2, 1, 5, 6], kernel_shape=[2, 3], strides=[2, 2], pads=[1, 0, 0, 2])
op("MaxPool 2-D: dilated", "MaxPool", [2, 1, 7, 7], kernel_shape=[3, 2], dilations=[2, 3], pads=[1, 1, 1, 1])
op("MaxPool 2-D: ceiling", "MaxPool", [2, 1, 6, 7], kernel_shape=[3, 3], strides=[2, 3], ceil_mode=1)
op("MaxPool 2-D: ceiling that ends in padding", "MaxPool", [2, 1, 5, 5], kernel_shape=[2, 2], strides=[3, 3],
   pads=[1, 1, 1, 1], ceil_mode=1, torch_says=lambda x: F.max_pool2d(x, 2, 3, 1, 1, True))
op("MaxPool 2-D: same", "MaxPool", [2, 1, 5, 6], kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")
op("MaxPool 2-D: lower", "MaxPool", [2, 1, 5, 6], kernel_shape=[2, 3], strides=[1, 2], auto_pad="SAME_LOWER",
   torch_says=lambda x: F.max_pool2d(F.pad(x, [1, 0, 1, 0], value=-np.inf), [2, 3], [1, 2]))
op("MaxPool 2-D: valid", "MaxPool", [2, 1, 5, 6], kernel_shape=[2, 3], strides=[2, 2], auto_pad="VALID")
op("AveragePool 1-D", "AveragePool", [2, 2, 8], kernel_shape=[3], strides=[2])
for count in [0, 1]:
    including = f"padding {'counted' if count else 'left out'}"
    op(f"AveragePool 1-D: {including}", "AveragePool", [2, 1, 8], kernel_shape=[3], strides=[2], pads=[1, 1],
       count_include_pad=count, torch_says=lambda x: F.avg_pool1d(x, 3, 2, 1, False, bool(count)))
    op(f"AveragePool 2-D: {including}", "AveragePool", [2, 2, 5, 6], kernel_shape=[3, 2], strides=[1, 2], pads=[1, 1, 1, 1],
       count_include_pad=count, torch_says=lambda x: F.avg_pool2d(x, [3, 2], [1, 2], 1, False, bool(count)))
    op(f"AveragePool 2-D: ceiling, {including}", "AveragePool", [2, 1, 6, 7], kernel_shape=[3, 3], strides=[2, 3],
       pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=count,
       torch_says=lambda x: F.avg_pool2d(x, 3, [2, 3], 1, True, bool(count)))
    op(f"AveragePool 2-D: uneven, {including}", "AveragePool", [2, 1, 5, 6], kernel_shape=[2, 3], strides=[2, 2],
       pads=[1, 0, 0, 2], count_include_pad=count)
    op(f"AveragePool 2-D: dilated, {including}", "AveragePool", [2, 1, 7, 7], kernel_shape=[3, 2], dilations=[2, 3],
       pads=[1, 1, 1, 1], count_include_pad=count, opsets=(19, 21))
op("AveragePool 2-D: same", "AveragePool", [2, 1, 5, 6], kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")
op("AveragePool 2-D: lower", "AveragePool", [2, 1, 5, 6], kernel_shape=[2, 3], strides=[1, 2], auto_pad="SAME_LOWER")
op("GlobalAveragePool", "GlobalAveragePool", [2, 3, 4, 2])
op("GlobalAveragePool: one axis", "GlobalAveragePool", [2, 3, 4])
op("GlobalMaxPool", "GlobalMaxPool", [2, 3, 4, 2])

# Arrangements.
for axis in [0, 1, 2, 3, -1]:
    op(f"Flatten: {axis}", "Flatten", [2, 3, 4], axis=axis, whole=axis != 1)
op("Reshape", "Reshape", [2, 3, 4], ints(0, -1))
op("Reshape: keeps", "Reshape", [2, 3, 4], ints(0, 2, 0, -1)[[0, 1, 3]])
op("Reshape: allowzero", "Reshape", [2, 3, 4], ints(2, 12), allowzero=1, opsets=(14, 21))
op("Transpose", "Transpose", [2, 3, 4], perm=[0, 2, 1])
op("Transpose: reversed", "Transpose", [2, 3, 4], whole=True)
graph("Concat", [helper.make_node("Concat", ["v", "c", "v"], ["out"], axis=1)], [2, 3], {"c": draw(2, 2)})
graph("Concat: negative axis", [helper.make_node("Concat", ["v", "v"], ["out"], axis=-1)], [2, 3, 2])
op("Slice", "Slice", [2, 5], ints(1), ints(4), ints(1))
op("Slice: steps", "Slice", [2, 7], ints(-1), ints(-100), ints(1), ints(-2))
op("Slice: far ends", "Slice", [2, 5], ints(0, -4), ints(2**62, 2**62), ints(0, -1), ints(1, 3))
op("Slice: without axes", "Slice", [2, 5], ints(0, 1), ints(2, -1))
op("Slice: all backwards", "Slice", [2, 5], ints(-1), ints(-2**63), ints(-1), ints(-1))
op("Slice: steps beyond the end", "Slice", [2, 5], ints(4), ints(0), ints(1), ints(-2**62))
op("Gather", "Gather", [2, 5], ints(4, 0, -2, 0), axis=1)
op("Gather: a table", "Gather", [2, 3, 4], np.array([[0, 2], [-1, 1]]), axis=2)
op("Gather: one", "Gather", [2, 3, 4], np.array(-1), axis=1)
for mode, least in [("constant", 11), ("reflect", 11), ("edge", 11), ("wrap", 19)]:
    op(f"Pad: {mode}", "Pad", [2, 4, 5], ints(0, 1, 2, 0, 2, 0), mode=mode, opsets=(least, 21))
    op(f"Pad: {mode}, some axes", "Pad", [2, 4, 5], ints(1, 3), None, ints(-1), mode=mode, opsets=(max(18, least), 21))
op("Pad: a number", "Pad", [2, 4], ints(0, 1, 0, 2), np.array(0.75))
op("Pad: cuts", "Pad", [2, 5], ints(0, -1, 0, 2), np.array(0.75),
   torch_says=lambda x: F.pad(x, [-1, 2], value=0.75))
op("Identity", "Identity", [2, 3])
op("Dropout", "Dropout", [2, 3])
op("Dropout: inference", "Dropout", [2, 3], np.array(0.5), np.array(False), opsets=(12, 21))
for operator, shape, axes in [("Squeeze", [2, 1, 3, 1], [1]), ("Squeeze", [2, 1, 3, 1], [-1, 1]),
                              ("Unsqueeze", [2, 3], [1]), ("Unsqueeze", [2, 3], [-1, 1])]:
    graph(f"{operator}: {axes}",
          lambda opset: [helper.make_node(operator, ["v"], ["out"], axes=axes) if opset < 13 else
                         helper.make_node(operator, ["v", "axes"], ["out"])],
          shape, lambda opset: {} if opset < 13 else {"axes": ints(*axes)})
op("Squeeze: all", "Squeeze", [2, 1, 3, 1])
op("Expand", "Expand", [2, 1, 3], ints(1, 4, 1))
op("Tile", "Tile", [2, 3], ints(1, 2))
graph("Split", [helper.make_node("Split", ["v"], ["a", "b"], axis=1),
                helper.make_node("Sub", ["a", "b"], ["out"])], [2, 6], opsets=(11, 13))
graph("Split: pieces", lambda opset: [helper.make_node("Split", ["v"], ["a", "m", "b"], axis=-1, split=[1, 3, 2])
                                      if opset < 13 else
                                      helper.make_node("Split", ["v", "pieces"], ["a", "m", "b"], axis=-1),
                                      helper.make_node("Identity", ["m"], ["out"])],
      [2, 6], lambda opset: {} if opset < 13 else {"pieces": ints(1, 3, 2)})
graph("Split: uneven", [helper.make_node("Split", ["v"], ["out", "b", "c"], axis=1, num_outputs=3)], [2, 7], opsets=(18, 21))
graph("Shape", [helper.make_node("Shape", ["v"], ["s"]),
                helper.make_node("Slice", ["s", "one", "three"], ["t"]),
                helper.make_node("Cast", ["t"], ["f"], to=DOUBLE),
                helper.make_node("Mul", ["v", "f"], ["out"])], [2, 3, 2], {"one": ints(1), "three": ints(3)})
graph("Shape: a part", [helper.make_node("Shape", ["v"], ["s"], start=1, end=-1),
                        helper.make_node("Cast", ["s"], ["f"], to=DOUBLE),
                        helper.make_node("Mul", ["v", "f"], ["out"])], [2, 3, 2], opsets=(15, 21))
graph("Size, Range, ConstantOfShape", [
    helper.make_node("Size", ["v"], ["size"]), helper.make_node("Range", ["zero", "size", "four"], ["steps"]),
    helper.make_node("Cast", ["steps"], ["f"], to=DOUBLE),
    helper.make_node("ConstantOfShape", ["three"], ["halves"],
                     value=helper.make_tensor("t", DOUBLE, [1], [0.5])),
    helper.make_node("Add", ["f", "halves"], ["g"]), helper.make_node("Mul", ["v", "g"], ["out"])],
    [2, 6], {"zero": np.array(0), "four": np.array(2), "three": ints(6)})

# Constants and types.
for name, settings, opsets in [
    ("value", {"value": helper.make_tensor("t", DOUBLE, [3], [1.5, -2.0, 0.25])}, (11, 21)),
    ("value_float", {"value_float": 0.375}, (12, 21)), ("value_floats", {"value_floats": [0.5, 1.5, -2.0]}, (12, 21)),
    ("value_int", {"value_int": 3}, (12, 21)), ("value_ints", {"value_ints": [3, -4, 5]}, (12, 21)),
]:
    graph(f"Constant: {name}", [helper.make_node("Constant", [], ["c"], **settings),
                                helper.make_node("Cast", ["c"], ["d"], to=DOUBLE),
                                helper.make_node("Mul", ["v", "d"], ["out"])], [2, 3], opsets=opsets)
graph("Cast: there and back", [helper.make_node("Greater", ["v", "c"], ["b"]),
                               helper.make_node("Cast", ["b"], ["f"], to=DOUBLE),
                               helper.make_node("Mul", ["v", "f"], ["out"])], [2, 5], {"c": np.array(0.125)})
graph("Cast: a condition", [helper.make_node("Relu", ["v"], ["r"]),
                            helper.make_node("Cast", ["r"], ["b"], to=TensorProto.BOOL),
                            helper.make_node("Where", ["b", "v", "c"], ["out"])], [2, 5], {"c": np.array(0.125)})
graph("CastLike", [helper.make_node("CastLike", ["i", "v"], ["f"]), helper.make_node("Mul", ["v", "f"], ["out"])],
      [2, 3], {"i": ints(2, 3, -1)}, opsets=(15, 21))

# Entry by entry.
for operator in ["Add", "Sub", "Mul", "Div"]:
    op(operator, operator, [2, 3, 4], draw(3, 1) + 0.25)
    graph(f"{operator}: from the left", [helper.make_node(operator, ["c", "v"], ["out"])], [2, 3], {"c": np.array(1.5)},
          x=np.round(rng.uniform(0.5, 2, size=[2, 3]), 3))
graph("Add: a table from the left", [helper.make_node("Add", ["c", "v"], ["out"])], [2, 3], {"c": np.ones([4, 1, 1])}, whole=True)
graph("Pow: the same exponent for each", [helper.make_node("Pow", ["v", "c"], ["out"])], [2, 3], {"c": np.full([3], 2.0)})
graph("Mul: with itself", [helper.make_node("Mul", ["v", "v"], ["out"])], [2, 3])
for exponent in [2.0, 3.0, 1.0, 0.0, -1.0, 0.5, -1.5, 2.5]:
    op(f"Pow: {exponent}", "Pow", [2, 4], np.array(exponent), opsets=(11, 13, 21),
       x=np.round(rng.uniform(0.5, 2, size=[2, 4]), 3))
op("Pow: negative bases", "Pow", [2, 4], np.array(3.0), x=-np.round(rng.uniform(0.5, 2, size=[2, 4]), 3))
op("Pow: an exponent for each", "Pow", [2, 3], np.array([2.0, 0.5, -1.25]), x=np.round(rng.uniform(0.5, 2, size=[2, 3]), 3))
op("Pow: a whole exponent", "Pow", [2, 3], np.array([2, 3, 1]), opsets=(13, 21),
   x=np.round(rng.uniform(0.5, 2, size=[2, 3]), 3))
graph("Pow: of a number", [helper.make_node("Pow", ["c", "v"], ["out"])], [2, 3], {"c": np.array(1.5)})
for operator in ["Max", "Min", "Sum", "Mean"]:
    graph(operator, [helper.make_node(operator, ["v", "c", "d"], ["out"])], [2, 3, 2], {"c": draw(3, 1), "d": np.array(0.125)})
for operator in ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]:
    graph(f"Where, {operator}", [helper.make_node(operator, ["v", "c"], ["b"]),
                                 helper.make_node("Where", ["b", "v", "d"], ["out"])],
          [2, 2, 3], {"c": draw(2, 1), "d": draw(3)}, opsets=(12, 21))
graph("Where, And, Or, Not", [
    helper.make_node("Greater", ["v", "c"], ["a"]), helper.make_node("Less", ["v", "d"], ["b"]),
    helper.make_node("And", ["a", "b"], ["e"]), helper.make_node("Not", ["a"], ["f"]),
    helper.make_node("Or", ["e", "f"], ["g"]), helper.make_node("Mul", ["v", "v"], ["w"]),
    helper.make_node("Where", ["g", "v", "w"], ["out"])], [2, 5], {"c": np.array(0.125), "d": np.array(0.5)})
graph("Where: a stored condition", [helper.make_node("Where", ["b", "v", "low"], ["s"]),
                                    helper.make_node("Softmax", ["s"], ["out"], axis=1)],
      [2, 3], {"b": np.array([True, False, True]), "low": np.array(-np.inf)}, opsets=(13, 21))
op("Clip", "Clip", [2, 5], np.array(-0.5), np.array(0.75), opsets=(11, 12, 13, 21))
op("Clip: from below", "Clip", [2, 5], np.array(0.25))
op("Clip: from above", "Clip", [2, 5], None, np.array(0.25))
op("Clip: without limits", "Clip", [2, 5])
op("Clip: limits that cross", "Clip", [2, 5], np.array(0.5), np.array(0.25), smooth=False, opsets=(13, 21),
   torch_says=lambda x: torch.full_like(x, 0.25))

# Reductions: the axes are a setting up to opset 12 (ReduceSum) or 17 (others), and an input from then on.
axes_are_input = lambda operator, opset: opset >= (13 if operator == "ReduceSum" else 18)
for operator in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum",
                 "ReduceLogSumExp", "ReduceProd"]:
    sample = np.round(rng.uniform(0.5, 2, size=[2, 3, 4]) * (1 if "LogSum" in operator else rng.choice([-1, 1], [2, 3, 4])), 3)
    for name, axes, keep in [("one axis", [1], 1), ("two axes", [1, -1], 0), ("last axis", [-1], 0)]:
        graph(f"{operator}: {name}",
              lambda opset: [helper.make_node(operator, ["v", "axes"], ["out"], keepdims=keep)
                             if axes_are_input(operator, opset) else
                             helper.make_node(operator, ["v"], ["out"], axes=axes, keepdims=keep)],
              [2, 3, 4], lambda opset: {"axes": ints(*axes)} if axes_are_input(operator, opset) else {},
              opsets=(11, 13, 18, 21) if name == "one axis" else (11, 21), x=sample)
    for keep in [0, 1]:
        op(f"{operator}: all, keepdims={keep}", operator, [2, 3, 4], keepdims=keep, whole=True, x=sample)
    op(f"{operator}: no axes are all", operator, [2, 3, 4], np.array([], dtype=np.int64), opsets=(18, 21), whole=True, x=sample)
    op(f"{operator}: no axes are none", operator, [2, 3, 4], np.array([], dtype=np.int64), noop_with_empty_axes=1,
       opsets=(18, 21), x=sample)
    op(f"{operator}: left out are none", operator, [2, 3, 4], noop_with_empty_axes=1, opsets=(18, 21), x=sample)

# Graphs that must be refused. Nothing here is checked by onnx, which would refuse most of them itself.
bad = []
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def refused(name, says, nodes, stored={}, shape=("n", 4), tensors=(), opset=17, inputs=None, outputs=None, edit=None):
    initializers = [numpy_helper.from_array(np.asarray(a), n) for n, a in stored.items()] + list(tensors)
    info = helper.make_tensor_value_info
    made = helper.make_graph(nodes, "g", inputs or [info("v", DOUBLE, list(shape))], outputs or [info("out", DOUBLE, None)],
                             initializers)
    made = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if edit is not None:
        edit(made)
    bad.append({"name": name, "says": says, "model": base64.b64encode(made.SerializeToString()).decode()})


def node(operator, *inputs, **attributes):
    return helper.make_node(operator, list(inputs), ["out"], **attributes)


def tensor(name, dims, kind=DOUBLE, raw=None, **fields):
    made = TensorProto(name=name, data_type=kind, dims=dims, **fields)
    if raw is not None:
        made.raw_data = raw
    return made


def outside(location, **more):
    made = tensor("w", [4])
    made.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        made.external_data.add(key=key, value=value)
    return [made]


add = [node("Add", "v", "w")]
for location in ["../secret", "/etc/passwd", "a/../../secret", "link"]:
    refused(f"external data in {location}", "outside the network's folder", add, tensors=outside(location))
refused("external data without a place", "does not say in which", add, tensors=[
    tensor("w", [4], data_location=TensorProto.EXTERNAL)])
refused("external data that is not there", "cannot be read", add, tensors=outside("absent"))
refused("external data beyond the end", "which has only 8", add, tensors=outside("small", offset=str(2**64 - 8)))
refused("external data of another length", "but says", add, tensors=outside("small", length="7"))
refused("external data at a word", "offset `first`", add, tensors=outside("small", offset="first"))
refused("a shape of too many entries", "more than", add, tensors=[tensor("w", [2**40, 2**40], raw=b"")])
refused("a shape that overflows", "more than", add, tensors=[tensor("w", [2**62, 4], raw=b"")])
refused("a negative length", "-1", add, tensors=[tensor("w", [-1], raw=b"")])
refused("fewer entries than the shape", "but 1 are stored", add, tensors=[tensor("w", [4], raw=bytes(8))])
refused("more entries than the shape", "but 5 are stored", add, tensors=[tensor("w", [4], raw=bytes(40))])
refused("entries of text", "ONNX type 8", add, tensors=[tensor("w", [1], TensorProto.STRING, string_data=[b"x"])])
refused("entries of an unknown type", "ONNX type 99", add, tensors=[tensor("w", [1], 99, raw=bytes(8))])
refused("no entries", "no entries", add, tensors=[tensor("w", [0], raw=b"")])
refused("not a number", "not a number at its entry 2", add, {"w": np.array([0, 1, np.nan, 2])})
refused("operators without support, all at once", "2 of the network's nodes cannot be computed",
        [helper.make_node("LSTM", ["v"], ["a"], name="first"), helper.make_node("Erf", ["a"], ["b"]),
         helper.make_node("Loop", ["b"], ["out"], name="second")])
refused("operators of someone else", "belongs to `com.acme`", [node("Add", "v", "v", domain="com.acme")])
refused("an old edition", "opset 10", add, {"w": np.zeros(4)}, opset=10)
refused("a future edition", "opset 22", add, {"w": np.zeros(4)}, opset=22)
refused("a number of examples", "exactly 3 examples at a time", add, {"w": np.zeros(4)}, shape=(3, 4))
refused("one example", "one example at a time", add, {"w": np.zeros(4)}, shape=(1, 4))
refused("an open length", "more than the number of examples is open", add, {"w": np.zeros(4)}, shape=("n", "m"))
refused("a huge input", "more than", add, {"w": np.zeros(4)}, shape=("n", 2**62))
refused("an input without entries", "no entries", add, {"w": np.zeros(4)}, shape=("n", 0))
refused("two inputs", "takes 2", add, inputs=[helper.make_tensor_value_info(n, DOUBLE, ["n", 4]) for n in "vw"])
refused("no input", "takes 0", [node("Add", "w", "w")], {"w": np.zeros(4)},
        inputs=[helper.make_tensor_value_info("w", DOUBLE, ["n", 4])])
refused("two outputs", "this one has 2", add, {"w": np.zeros(4)},
        outputs=[helper.make_tensor_value_info(n, DOUBLE, None) for n in ["out", "v"]])
refused("text as input", "ONNX type 8", add, {"w": np.zeros(4)},
        inputs=[helper.make_tensor_value_info("v", TensorProto.STRING, ["n", 4])])
refused("an output from nowhere", "nothing gives the output", [], {"w": np.zeros(4)})
refused("a value from nowhere", "takes `nowhere`", [node("Add", "v", "nowhere")])
refused("a circle", "takes `out`", [node("Add", "v", "out")])
refused("a name given twice", "exists already", [node("Add", "v", "w"), node("Mul", "v", "w")], {"w": np.zeros(4)})
refused("a tensor stored twice", "stored twice", add, {"w": np.zeros(4)}, tensors=[tensor("w", [1], raw=bytes(8))])
refused("no graph", "holds no graph", add, edit=lambda made: made.ClearField("graph"))
refused("sparse tensors", "sparse", add, {"w": np.zeros(4)},
        edit=lambda made: made.graph.sparse_initializer.add().dims.append(3))
refused("an output without its input", "does not depend", [node("Identity", "w")], {"w": np.zeros([2, 4])})
refused("examples that become one", "not one row for each", [node("ReduceSum", "v", keepdims=1)])
refused("shapes that do not multiply", "cannot multiply", [node("MatMul", "v", "w")], {"w": np.zeros([5, 2])})
refused("shapes that do not add", "cannot combine", add, {"w": np.zeros(3)})
refused("a shape that does not fit", "cannot bring", [node("Reshape", "v", "s")], {"s": ints(0, 5)})
refused("a shape of two open lengths", "cannot bring", [node("Reshape", "v", "s")], {"s": ints(-1, -1)})
refused("a shape from the data", "stored in the graph", [node("Reshape", "v", "v")])
refused("a wish for memory", "more than", [
    helper.make_node("ConstantOfShape", ["s"], ["c"]), node("Add", "v", "c")], {"s": ints(2**40, 4)})
refused("a product of small wishes", "more than", [
    helper.make_node("Flatten", ["v"], ["a"], axis=2), helper.make_node("Expand", ["a", "s"], ["e"]),
    helper.make_node("Transpose", ["e"], ["t"]), node("MatMul", "e", "t")], {"s": ints(8, 2**20)},
    edit=lambda made: made.graph.node[3].input.__setitem__(slice(None), ["t", "e"]))
refused("an expansion", "more than", [node("Expand", "v", "s")], {"s": ints(2**32, 2, 4)})
refused("a tile", "entries", [node("Tile", "v", "s")], {"s": ints(1, 2**62)})
refused("a range without end", "counts from", [
    helper.make_node("Range", ["a", "b", "c"], ["r"]), node("Add", "v", "r")],
    {"a": np.array(0.0), "b": np.array(np.inf), "c": np.array(1.0)})
refused("a range of no steps", "counts from", [
    helper.make_node("Range", ["a", "b", "c"], ["r"]), node("Add", "v", "r")],
    {"a": np.array(0.0), "b": np.array(1.0), "c": np.array(0.0)})
doubling = [helper.make_node("Concat", ["v" if n == 0 else f"d{n - 1}"] * 2, [f"d{n}"], axis=1) for n in range(40)]
refused("what doubles forty times", "may be held", doubling + [node("Identity", "d39")])
refused("wide padding", "more than", [node("Pad", "v", "p")], {"p": ints(0, 2**23, 2**23, 0, 0, 0)}, ("n", 2, 2))
refused("endless padding", "pads an axis", [node("Pad", "v", "p")], {"p": ints(0, 2**62, 0, 0)})
refused("a mirror that is too short", "pads an axis", [node("Pad", "v", "p", mode="reflect")], {"p": ints(0, 4, 0, 0)})
image = ("n", 1, 4, 4)
refused("a padded convolution", "more than", [node("Conv", "v", "w", pads=[2**23] * 4)], {"w": np.zeros([1, 1, 1, 1])}, image)
refused("a padded pooling", "more than", [node("MaxPool", "v", kernel_shape=[1, 1], pads=[2**23] * 4)], shape=image)
refused("a padded mean", "more than", [node("AveragePool", "v", kernel_shape=[1, 1], pads=[2**23] * 4)], shape=image)
for operator in ["MaxPool", "AveragePool"]:
    refused(f"{operator}: large windows at many places", "steps", [node(operator, "v", kernel_shape=[1024] * 2, pads=[1500] * 4)],
            shape=image)
refused("a window larger than its image", "slides a window", [node("Conv", "v", "w")], {"w": np.zeros([1, 1, 5, 5])}, image)
refused("a dilated window", "slides a window", [node("Conv", "v", "w", dilations=[2**24, 1])], {"w": np.zeros([1, 1, 2, 2])},
        image)
refused("steps of nothing", "strides", [node("Conv", "v", "w", strides=[0, 1])], {"w": np.zeros([1, 1, 2, 2])}, image)
refused("a kernel of nothing", "kernel_shape", [node("MaxPool", "v", kernel_shape=[0, 1])], shape=image)
refused("channels that do not fit", "channels", [node("Conv", "v", "w")], {"w": np.zeros([1, 2, 2, 2])}, image)
refused("groups of channels", "groups", [node("Conv", "v", "w", group=2**62)], {"w": np.zeros([1, 2, 2, 2])}, image)
refused("a convolution in space", "convolves over 3 axes", [node("Conv", "v", "w", kernel_shape=[2, 2, 2])],
        {"w": np.zeros([1, 1, 2, 2, 2])}, ("n", 1, 4, 4, 4))
refused("an entry that is not there", "takes entry 4 of an axis of 4", [node("Gather", "v", "i", axis=1)], {"i": ints(4)})
refused("an axis that is not there", "names the axis 2", [node("Softmax", "v", axis=2)])
refused("an order that is none", "orders the axes", [node("Transpose", "v", perm=[0, 0])])
refused("a step of nothing", "step of zero", [node("Slice", "v", "s", "s", "s", "z")], {"s": ints(1), "z": ints(0)})
refused("pieces that do not add up", "cuts an axis", [helper.make_node("Split", ["v", "s"], ["out", "b"], axis=1)],
        {"s": ints(2**62, 2**62)})
refused("groups that do not divide", "in 3 groups", [node("GroupNormalization", "v", "w", "w", num_groups=3)],
        {"w": np.zeros(4)}, opset=21)
refused("training", "inference mode",
        [node("BatchNormalization", "v", "w", "w", "w", "w", training_mode=1)], {"w": np.zeros(4)})
refused("random entries", "inference mode", [node("Dropout", "v", "r", "t")], {"r": np.array(0.5), "t": np.array(True)})
refused("too many axes", "at most 6 axes", [node("Unsqueeze", "v", "a")], {"a": ints(1, 2, 3, 4, 5)})
refused("numbers as conditions", "truth values", [node("Where", "v", "v", "v")])
refused("an input that is left out", "lacks its input 1", [node("MatMul", "v")])

here = os.path.dirname(os.path.abspath(__file__))
open(os.path.join(here, "refused.json"), "w").write("[\n" + ",\n".join(json.dumps(b) for b in bad) + "\n]\n")
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
open(os.path.join(here, "operators.json"), "w").write(f"[\n{lines}\n]\n")
print(len(cases), "cases,", sum(len(case["models"]) for case in cases), "graphs")
print("\n".join(disagreements))
