"""What `saddlepoint measure` reads, from PyTorch: a network as ONNX, its weights at other moments, and data.

    pip install torch onnx onnxscript safetensors numpy
"""
import numpy as np
import torch
from safetensors.torch import save_file


def save_network(network, example, path):
    """`example` is a batch of two inputs. Names of parameters survive, since nothing is folded or fused."""
    batch = torch.export.Dim("batch", min=2)
    torch.onnx.export(network.eval(), (example,), path, dynamo=True, optimize=False, external_data=False,
                      dynamic_shapes=({0: batch},), verbose=False)


def save_weights(network, path):
    """The weights of the same network at another moment: its initialization, each epoch."""
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)


def save_data(inputs, labels, path):
    """Inputs `[n, ...]` and class labels `[n]`, or values `[n, k]`."""
    np.savez_compressed(path, x=inputs.numpy(), y=labels.numpy())
