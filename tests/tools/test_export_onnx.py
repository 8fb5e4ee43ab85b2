"""Networks as ONNX files compute what they do in PyTorch."""

import json
from pathlib import Path

import export_onnx
import pytest
import torch
from mmengine.registry import MODELS, init_default_scope

from mmsar.apis import load_config
from mmsar.apis.export.graphs import Graph, graphs_of
from mmsar.apis.export.onnx_file import export_graph
from mmsar.errors import ConfigError, MMSARError

CONFIGS = Path(__file__).parent.parent.parent / 'configs'
SSNET = CONFIGS / 'ssnet' / 'ssnet-tiny_x2_1xb8-3k_isar.py'


@pytest.fixture
def _runtime():
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')


@pytest.mark.usefixtures('_runtime')
def test_super_resolution(tmp_path, capsys):
    options = {'model.generator.num_groups': 1, 'model.generator.num_blocks': 1}
    config = load_config(SSNET, options)
    init_default_scope('mmagic')
    torch.save({'state_dict': MODELS.build(config.model).state_dict()}, tmp_path / 'a.pth')
    flags = ['--cfg-options', *(f'{key}={value}' for key, value in options.items())]
    out = tmp_path / 'a.onnx'
    export_onnx.main(
        [str(SSNET), str(tmp_path / 'a.pth'), '--out', str(out), '--size', '32', *flags]
    )
    assert 'differs from PyTorch by' in capsys.readouterr().out
    assert out.stat().st_size > 1000
    assert json.loads(out.with_suffix('.json').read_text())['graphs'] == {
        'a.onnx': {'input': 'input', 'outputs': ['image']}
    }


class Frozen(torch.nn.Module):
    """Adds the size of the example as a constant."""

    def forward(self, image):
        return (image + float(image.shape[2]),)


@pytest.mark.usefixtures('_runtime')
def test_a_constant_is_noticed_and_nothing_is_written(tmp_path):
    examples = (torch.ones(1, 1, 4, 4), torch.ones(1, 1, 5, 4))
    graph = Graph('', Frozen(), examples, {2: 'rows'}, ('sum',))
    with pytest.raises(MMSARError, match='became a constant'):
        export_graph(tmp_path / 'a.onnx', graph)
    assert not (tmp_path / 'a.onnx').exists()


def test_other_models_are_refused():
    with pytest.raises(ConfigError, match='Linear has neither bbox_head nor rpn_head'):
        graphs_of(torch.nn.Linear(2, 2), 64)


@pytest.mark.usefixtures('_runtime')
@pytest.mark.parametrize(
    'name',
    ['quickstart/faster-rcnn_r18-slim_fpn_ports.py', 'yolov3/yolov3_r18-slim_ports.py'],
)
def test_detectors(tmp_path, name):
    config = load_config(CONFIGS / name, {'model.backbone.init_cfg': None})
    init_default_scope('mmdet')
    torch.manual_seed(0)
    graphs = graphs_of(MODELS.build(config.model).eval(), 64)
    assert [graph.suffix for graph in graphs] == ['', '_roi'][: len(graphs)]
    for graph in graphs:
        assert len({tuple(example.shape) for example in graph.inputs}) == 3
        assert export_graph(tmp_path / f'a{graph.suffix}.onnx', graph) < 1e-4


@pytest.mark.usefixtures('_runtime')
@pytest.mark.parametrize('size', [64, 96, 160])
def test_hivit_for_tiles_of_one_size(tmp_path, size):
    config = load_config(CONFIGS / 'saratrx' / 'faster-rcnn_saratrx-tiny_fpn_ports.py')
    init_default_scope('mmdet')
    torch.manual_seed(0)
    dense, regions = graphs_of(MODELS.build(config.model).eval(), size)
    assert [tuple(image.shape) for image in dense.inputs] == [(1, 3, size, size)] * 3
    assert export_graph(tmp_path / 'a.onnx', dense) < 1e-4
    if size == 64:
        assert export_graph(tmp_path / 'a_roi.onnx', regions) < 1e-4
