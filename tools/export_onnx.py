"""Export a detector or a super-resolution network to ONNX, and compare it with PyTorch.

Written: FILE.onnx, from images as the network takes them (normalised, sides that are multiples of
32 for detectors) to enlarged images, or to the maps of the detector's head. Of detectors with two
stages also FILE_roi.onnx, from the features of regions to scores and boxes. Decoding of boxes,
RoIAlign and non-maximum suppression stay outside. FILE.json says how images are normalised, and
what the outputs are called. Nothing is written if results differ by more than 1e-4. Detectors with
HiViT are exported for one image of --size.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.cli import config_parser, positive_int, require_output
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Export."""
    parser = config_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('checkpoint', help='checkpoint, or work folder with one')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.onnx')
    parser.add_argument(
        '--size',
        type=positive_int,
        default=128,
        help='of the traced image; default 128. With HiViT, of all images',
    )
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.onnx')
    from mmsar.apis.export.graphs import graphs_of
    from mmsar.apis.export.onnx_file import OPSET, export_graph, import_onnx
    from mmsar.apis.provenance import write_json
    from mmsar.apis.scenes.model import load_model, read_config

    import_onnx()
    config = read_config(args.config, args.cfg_options)
    model, _ = load_model(config, args.checkpoint, 'cpu')
    notes: dict[str, Any] = {'opset': OPSET, 'graphs': {}}
    for graph in graphs_of(model, args.size, _channels(model)):
        path = args.out.with_name(f'{args.out.stem}{graph.suffix}.onnx')
        worst = export_graph(path, graph)
        sizes = ', '.join('x'.join(map(str, example.shape)) for example in graph.inputs)
        print(f'{path}: differs from PyTorch by {worst:.1e} at most (inputs {sizes})')
        notes['graphs'][path.name] = {'input': 'input', 'outputs': list(graph.outputs)}
    preprocessor = getattr(model, 'data_preprocessor', None)
    for name in ('mean', 'std'):
        values = getattr(preprocessor, name, None)
        notes[name] = None if values is None else values.flatten().tolist()
    notes['bgr_to_rgb'] = bool(getattr(preprocessor, '_channel_conversion', False))
    notes['pad_size_divisor'] = getattr(preprocessor, 'pad_size_divisor', 1)
    write_json(args.out.with_suffix('.json'), notes)


def _channels(model: Any) -> int:
    """Return the channels of the first convolution."""
    import torch

    convolutions = (m for m in model.modules() if isinstance(m, torch.nn.Conv2d))
    return int(next(convolutions).in_channels)


if __name__ == '__main__':
    run_tool(main)
