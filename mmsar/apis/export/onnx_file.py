"""Writing ONNX files, and comparing what they compute with PyTorch."""

import io
import warnings
from pathlib import Path
from typing import Any

import torch

from mmsar.apis.export.graphs import Graph
from mmsar.errors import MMSARError
from mmsar.io import replacing

OPSET = 17
TOLERANCE = 1e-4  # of the largest value of an output, or of 1 if that is smaller


def import_onnx() -> Any:
    """Import onnx and onnxruntime.

    Raises:
        MMSARError: One is not installed.
    """
    try:
        import onnx  # noqa: F401  (the exporter of PyTorch asks for it)
        import onnxruntime
    except ImportError:
        raise MMSARError(
            "the export needs onnx and onnxruntime; install them in mmsar's folder with: "
            "pip install -e '.[onnx]'"
        ) from None
    return onnxruntime


@torch.no_grad()
def export_graph(path: Path, graph: Graph) -> float:
    """Write a part of a model, after its results were compared with PyTorch's.

    Args:
        path: ``.onnx``.
        graph: See there.

    Returns:
        The largest difference on the examples of three sizes; relative, where values exceed 1.

    Raises:
        MMSARError: It exceeds 1e-4, or the network cannot be exported. Nothing is written.
    """
    runtime = import_onnx()
    module = graph.module.eval()
    buffer = io.BytesIO()
    free = {
        name: _free_axes(name, tensor)
        for name, tensor in zip(graph.outputs, module(graph.inputs[0]), strict=True)
    }
    try:
        with warnings.catch_warnings():
            # Of sizes that become constants: the comparison tells whether that matters.
            warnings.simplefilter('ignore')
            torch.onnx.export(
                module,
                (graph.inputs[0],),
                buffer,  # type: ignore[arg-type]  # a file, as it says itself
                dynamo=False,
                opset_version=OPSET,
                input_names=['input'],
                output_names=list(graph.outputs),
                dynamic_axes={'input': graph.axes, **free} if graph.axes else None,
            )
    except Exception as error:
        raise MMSARError(f'{type(module).__name__} cannot be exported: {error}') from error
    worst = compare(runtime, buffer.getvalue(), graph)
    if worst > TOLERANCE:
        raise MMSARError(
            f'ONNX and PyTorch differ by {worst:.2g} (more than {TOLERANCE:g}): some size of the '
            'traced example became a constant of the graph'
        )
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
    return worst


@torch.no_grad()
def compare(runtime: Any, content: bytes, graph: Graph) -> float:
    """Return the largest difference of outputs; infinite where shapes differ.

    Args:
        runtime: ``onnxruntime``.
        content: Of the ONNX file.
        graph: What it was made of.
    """
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = runtime.InferenceSession(content, options, providers=['CPUExecutionProvider'])
    worst = 0.0
    for example in graph.inputs:
        expected = graph.module(example)
        try:
            found = session.run(None, {'input': example.numpy()})
        except Exception:  # a size that became a constant
            return float('inf')
        for ours, theirs in zip(found, expected, strict=True):
            if tuple(ours.shape) != tuple(theirs.shape):
                return float('inf')
            scale = max(1.0, float(theirs.abs().max())) if theirs.numel() else 1.0
            difference = (torch.from_numpy(ours) - theirs).abs()
            worst = max(worst, float(difference.max()) / scale if difference.numel() else 0.0)
    return worst


def _free_axes(name: str, tensor: torch.Tensor) -> dict[int, str]:
    """Return the axes of an output that depend on the input: all but the channels."""
    return {
        axis: f'{name}_axis_{axis}' for axis in range(tensor.ndim) if axis != 1 or tensor.ndim < 3
    }
