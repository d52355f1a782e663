"""Makes the networks, checkpoints and data of this folder, and `values.json`: what PyTorch says of them, in f64.

    python make.py          (torch 2.15, onnx, onnxscript, safetensors, numpy; six minutes, most of them for Hessians)
"""
import gzip, json, os, sys
import numpy as np
import onnx
import torch, torch.nn as nn, torch.nn.functional as F
from safetensors.torch import save_file
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../../docs/pytorch"))
from export import save_data, save_network, save_weights


class Mlp(nn.Module):
    def __init__(s):
        super().__init__()
        widths = [64, 16, 14, 12, 12, 10]
        for n in range(5):
            setattr(s, f"fc{n + 1}", nn.Linear(widths[n], widths[n + 1]))

    def forward(s, x):
        x = torch.tanh(s.fc2(F.gelu(s.fc1(x))))
        return s.fc5(F.elu(s.fc4(F.softplus(s.fc3(x)))))


class LeNet(nn.Module):
    def __init__(s):
        super().__init__()
        s.conv1, s.conv2 = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 12, 3)
        s.fc1, s.fc2 = nn.Linear(12, 20), nn.Linear(20, 10)

    def forward(s, x):
        x = F.max_pool2d(F.relu(s.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(s.conv2(x)), 2)
        return s.fc2(torch.sigmoid(s.fc1(torch.flatten(x, 1))))


class Grouped(nn.Module):
    """Strides, dilations, groups, a convolution over one axis."""
    def __init__(s):
        super().__init__()
        s.a = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        s.b = nn.Conv2d(8, 8, 3, groups=4, padding=2, dilation=2)
        s.c, s.d, s.o = nn.Conv2d(8, 6, 1), nn.Conv1d(6, 4, 3, padding=1), nn.Linear(4, 10)

    def forward(s, x):
        x = F.silu(s.b(F.leaky_relu(s.a(x), 0.1)))
        return s.o(s.d(torch.relu(s.c(x)).flatten(2)).mean(2))


class Block(nn.Module):
    def __init__(s, c):
        super().__init__()
        s.conv1, s.bn1 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        s.conv2, s.bn2 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(s, x):
        return F.relu(x + s.bn2(s.conv2(F.relu(s.bn1(s.conv1(x))))))


class ResNet(nn.Module):
    def __init__(s):
        super().__init__()
        s.stem, s.b1, s.b2 = nn.Conv2d(1, 6, 3, padding=1), Block(6), Block(6)
        s.pool, s.drop, s.fc = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.2), nn.Linear(6, 10)

    def forward(s, x):
        return s.fc(s.drop(torch.flatten(s.pool(s.b2(s.b1(F.relu(s.stem(x))))), 1)))


class Transformer(nn.Module):
    """One block over the rows of an image."""
    def __init__(s):
        super().__init__()
        s.embed, s.pos = nn.Linear(8, 12), nn.Parameter(torch.randn(8, 12) * 0.1)
        s.ln1, s.ln2 = nn.LayerNorm(12), nn.LayerNorm(12)
        s.q, s.k, s.v, s.o = (nn.Linear(12, 12) for _ in range(4))
        s.up, s.down, s.head = nn.Linear(12, 24), nn.Linear(24, 12), nn.Linear(12, 10)

    def forward(s, x):
        n = x.shape[0]
        x = s.embed(x.view(n, 8, 8)) + s.pos
        h = s.ln1(x)
        q, k, v = (f(h).view(n, 8, 2, 6).transpose(1, 2) for f in (s.q, s.k, s.v))
        # A number of Python, as 6**0.5, is rounded to binary32 by the newer exporter; a tensor is not.
        scale = torch.tensor(6.0, dtype=x.dtype).sqrt()
        a = torch.softmax(q @ k.transpose(-1, -2) / scale, -1) @ v
        x = x + s.o(a.transpose(1, 2).reshape(n, 8, 12))
        return s.head((x + s.down(F.gelu(s.up(s.ln2(x))))).mean(1))


def digits():
    path = os.path.join(here, "../../../models/assets/digits.csv.gz")
    table = np.loadtxt(gzip.open(path), delimiter=",")
    return torch.tensor(table[:, :64] / 16), torch.tensor(table[:, 64]).long()


def operator_norm(layer, shape):
    """The largest singular value of a layer as a map of its inputs, from the dense matrix."""
    columns = torch.eye(int(np.prod(shape)), dtype=torch.float64).reshape(-1, *shape)
    bias = layer.bias
    layer.bias = None
    matrix = layer(columns).flatten(1)
    layer.bias = bias
    return torch.linalg.matrix_norm(matrix, 2).item()


def without_traces(path):
    """The newer exporter writes where each line of Python lies on this machine."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if "stack_trace" not in entry.key]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, path)


def values(network, x, y):
    network.eval()
    parameters = {name: p.detach() for name, p in network.named_parameters()}
    sizes = [p.numel() for p in parameters.values()]

    def loss(flat):
        parts = {n: f.view_as(p) for (n, p), f in zip(parameters.items(), flat.split(sizes))}
        return F.cross_entropy(torch.func.functional_call(network, parts, (x,)), y)

    flat = torch.cat([p.flatten() for p in parameters.values()])
    flat.requires_grad_()
    gradient = torch.autograd.grad(loss(flat), flat, create_graph=True)[0]
    hessian = torch.stack([torch.autograd.grad(entry, flat, retain_graph=True)[0] for entry in gradient])
    eigenvalues = torch.linalg.eigvalsh((hessian + hessian.T) / 2)
    scores = network(x).detach()
    best = scores.gather(1, y[:, None])[:, 0]
    margins = best - scores.scatter(1, y[:, None], -np.inf).max(1).values
    norms, hooks = {}, []
    for name, layer in network.named_modules():
        if isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            def record(layer, inputs, output, name=name):
                shape = inputs[0].shape[1:] if not isinstance(layer, nn.Linear) else inputs[0].shape[-1:]
                norms[name] = shape
            hooks.append(layer.register_forward_hook(record))
    network(x[:2])
    for hook in hooks:
        hook.remove()
    norms = {name: operator_norm(network.get_submodule(name), shape) for name, shape in norms.items()}
    return {
        "parameters": len(flat), "loss": loss(flat).item(), "gradient_norm": gradient.norm().item(),
        "largest_eigenvalue": eigenvalues[-1].item(), "smallest_eigenvalue": eigenvalues[0].item(),
        "trace": eigenvalues.sum().item(), "accuracy": (scores.argmax(1) == y).double().mean().item(),
        "least_margin": margins.min().item(), "median_margin": margins.sort().values[(len(y) - 1) // 2].item(),
        "operator_norms": norms, "first_outputs": scores[0].tolist(),
    }


def types():
    """The same numbers in each type, as people save them: a state_dict, one of the format before 1.6, and a training state."""
    numbers = torch.tensor([[1.5, -2.25, 0.1], [3e-5, 0.0, -60000.0]], dtype=torch.float64)
    state = {"half": numbers.half(), "brain": numbers.bfloat16(), "single": numbers.float(), "double": numbers,
             "count": torch.tensor(7), "turned": numbers.T}
    path = lambda name: os.path.join(here, name)
    torch.save(state, path("types.pth"))
    torch.save(state, path("types_before.pt"), _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "note": "after a night", "state_dict": state}, path("types_nested.pt"))
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path("types.safetensors"))


def main():
    types()
    x, y = digits()
    train, labels, few, of_few = x[:1000], y[:1000], x[1000:1200], y[1000:1200]
    save_data(few, of_few, os.path.join(here, "digits.npz"))
    found = {}
    for name, kind, shape in [("mlp", Mlp, (64,)), ("lenet", LeNet, (1, 8, 8)), ("grouped", Grouped, (1, 8, 8)),
                              ("resnet", ResNet, (1, 8, 8)), ("transformer", Transformer, (64,))]:
        torch.manual_seed(1)
        network = kind().double()
        path = lambda suffix: os.path.join(here, name + suffix)
        if name == "mlp":
            save_weights(network, path("_init.safetensors"))
        optimizer = torch.optim.Adam(network.parameters(), 1e-2)
        for step in range(150):
            pick = torch.randint(0, 1000, (100,))
            optimizer.zero_grad()
            F.cross_entropy(network(train[pick].view(-1, *shape)), labels[pick]).backward()
            optimizer.step()
        inputs = few.view(-1, *shape)
        save_network(network, inputs[:2], path(".onnx"))
        without_traces(path(".onnx"))
        torch.onnx.export(network.eval(), (inputs[:2],), path("_old.onnx"), dynamo=False, input_names=["x"],
                          dynamic_axes={"x": {0: "batch"}}, opset_version=17, do_constant_folding=False)
        if name == "mlp":
            save_weights(network, path(".safetensors"))
            torch.save(network.state_dict(), path(".pt"))
        if "--networks-only" not in sys.argv:
            found[name] = values(network, inputs, of_few)
            print(name, found[name])
    if found:
        json.dump(found, open(os.path.join(here, "values.json"), "w"), indent=1)


main()
