import contextlib
import json
from pathlib import Path

import doctor
import numpy as np
import pytest
import torch
from analysis_tools import browse_dataset, cfar, get_flops, print_config
from benchmarks import bridge_step, data_time, gradient_features, pair_pipeline, saratrx_step
from dataset_converters import simulate_ports
from PIL import Image

from mmsar.apis.results.records import read_record
from mmsar.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
CONFIG = str(ROOT / 'configs/quickstart/faster-rcnn_r18-slim_fpn_ports.py')


def test_print_config_shows_what_is_inherited(capsys):
    print_config.main([CONFIG, '--cfg-options', 'data_root=/mine'])
    text = capsys.readouterr().out
    assert "type='FasterRCNN'" in text
    assert "data_root='/mine'" in text


def test_get_flops_counts_a_known_network(capsys):
    get_flops.main([CONFIG, '--shape', '64', '64'])
    text = capsys.readouterr().out
    assert '12.2' in text
    assert 'multiply-adds' in text


def test_flops_of_a_convolution_are_exact(monkeypatch):
    from mmengine.config import Config
    from mmengine.model import BaseModel
    from mmengine.registry import MODELS
    from torch import nn

    @MODELS.register_module(force=True)
    class OneConvolution(BaseModel):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1)

        def forward(self, inputs, mode):
            return self.conv(inputs)

    config = Config({'model': {'type': 'OneConvolution'}, 'default_scope': 'mmengine'})
    assert get_flops.count(config, 16, 20) == (3 * 8 * 9 + 8, 3 * 8 * 9 * 16 * 20)


def test_browse_dataset_draws_and_repeats(tmp_path, scenes):
    for name in ('a', 'b'):
        browse_dataset.main(
            [CONFIG, '--out', str(tmp_path / name), '--num', '2', '--cfg-options',
             f'data_root={scenes}']
        )  # fmt: skip
    pictures = sorted(path.name for path in (tmp_path / 'a').iterdir())
    assert pictures == ['0000_train_0000.png', '0001_train_0001.png']
    for name in pictures:
        first, second = (np.asarray(Image.open(tmp_path / d / name)) for d in 'ab')
        assert (first == second).all()
        assert first.shape[:2] == (256, 256)
        assert (first[..., 0] != first[..., 1]).any()  # the boxes are coloured


def test_doctor_finds_the_core(capsys):
    doctor.main([])
    text = capsys.readouterr().out
    assert 'The core works' in text
    assert 'mmcv operators' in text


def test_doctor_names_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(doctor, 'missing', lambda name: name in ('mmdet', 'rasterio'))
    with pytest.raises(SystemExit) as info:
        doctor.main([])
    assert info.value.code == 1
    text = ' '.join(capsys.readouterr().out.split())
    assert 'mmdet is missing: pip install --no-deps -r requirements/hosts.txt' in text
    assert "pip install -e '.[geo]'" in text


def test_doctor_reports_two_opencvs(monkeypatch):
    monkeypatch.setattr(doctor, 'version', lambda *names: names[0])
    assert 'overwrite each other' in doctor.check_opencv()[0]
    monkeypatch.setattr(doctor, 'version', lambda *names: None)
    assert doctor.check_opencv() == []


def test_simulated_ports_repeat_and_do_not_depend_on_their_number(tmp_path):
    size = ['--size', '128', '--val', '1']
    simulate_ports.main([str(tmp_path / 'a'), '--train', '2', '--processes', '1', *size])
    simulate_ports.main([str(tmp_path / 'b'), '--train', '3', '--processes', '2', *size])
    simulate_ports.main([str(tmp_path / 'c'), '--train', '2', '--seed', '1', *size])
    for folder in ('images', 'optical'):
        first, more, other = (tmp_path / name / folder / 'train_0001.png' for name in 'abc')
        assert first.read_bytes() == more.read_bytes()
        assert first.read_bytes() != other.read_bytes()
    assert np.asarray(Image.open(tmp_path / 'a/images/train_0001.png')).dtype == np.uint16
    assert Image.open(tmp_path / 'a/optical/train_0001.png').size == (128, 128)
    content = json.loads((tmp_path / 'a' / 'train.json').read_text())
    ids = [annotation['id'] for annotation in content['annotations']]
    assert len(set(ids)) == len(ids) > 0
    with pytest.raises(ConfigError, match='at least 128'):
        simulate_ports.main([str(tmp_path), '--size', '10'])


@pytest.mark.parametrize('category', [0, 1])
def test_cfar_finds_bright_squares(tmp_path, capsys, category):
    intensity = np.random.default_rng(0).gamma(4, 25, (128, 128))
    boxes = [[20, 30, 12, 6], [70, 80, 6, 20]]
    for x, y, w, h in boxes:
        intensity[y : y + h, x : x + w] = 5000
    Image.fromarray(np.sqrt(intensity * 100).astype('uint16')).save(tmp_path / 'a.png')
    content = {
        'images': [{'id': 3, 'file_name': 'a.png', 'height': 128, 'width': 128}],
        'annotations': [
            {
                'id': i,
                'image_id': 3,
                'category_id': category,
                'bbox': box,
                'area': 100,
                'iscrowd': 0,
            }
            for i, box in enumerate(boxes)
        ],
        'categories': [{'id': category, 'name': 'ship'}],
    }
    (tmp_path / 'a.json').write_text(json.dumps(content))
    out = tmp_path / 'out.json'
    arguments = [str(tmp_path / 'a.json'), str(tmp_path), '--thresholds', '30', '9']
    with pytest.raises(ConfigError, match='--out needs --data-set'):
        cfar.main([*arguments, '--out', str(out)])
    cfar.main([*arguments, '--out', str(out), '--data-set', 'squares'])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].split() == ['30.0', '0', '0.000']
    assert lines[-2].split() == ['9.0', '2', '1.000']
    assert lines[-1] == 'best CA-CFAR: AP50 1.000 at 9.0 dB'
    record = read_record(out)
    assert record.name == 'ca-cfar_squares.json'
    assert record.content['metrics'] == {'coco/bbox_mAP_50': pytest.approx(1)}
    assert record.content['note'] == 'best of 2 thresholds (9 dB)'


def test_data_time_measures_both_parts(capsys, scenes):
    data_time.main(
        [CONFIG, '--iterations', '2', '--workers', '0', '0', '--cfg-options', f'data_root={scenes}',
         'train_dataloader.batch_size=1',
         'train_dataloader.dataset.dataset.pipeline.3.scale=(64,64)']
    )  # fmt: skip
    lines = [line.split() for line in capsys.readouterr().out.strip().splitlines()[-2:]]
    for line in lines:
        assert line[0] == '0'
        assert 0 < float(line[1]) < float(line[2])


def test_pair_pipeline_lists_the_steps(capsys):
    pair_pipeline.main(['--pairs', '2', '--rounds', '1'])
    lines = capsys.readouterr().out.splitlines()
    assert 20 < float(lines[0].split()[2]) < 150  # kB, as files of real scenes
    times = {line[:28].strip(): float(line[28:].split()[0]) for line in lines[2:-1]}
    assert times['mmsar, to the tensors'] > times['decoding alone'] > 0
    assert {'LoadSARImage sar', 'StretchSAR optical', 'PackPair'} < set(times)
    assert lines[-1].startswith('reference / mmsar')


SMALL = [
    f'model.{branch}_branch.{setting}'
    for branch in ('sar', 'optical')
    for setting in ('backbone.depth=18', 'backbone.base_channels=8', 'head.in_channels=64')
]


def test_bridge_step_checks_the_references_and_times_them(capsys):
    size = ['--batch-size', '4', '--size', '64', '--rounds', '1']
    bridge_step.main([*size, '--cfg-options', *SMALL])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(': loss')[0] for line in lines[:2]] == ['two passes', 'lean']
    assert [line[:10].strip() for line in lines[3:]] == ['mmsar', 'two passes', 'lean']
    assert ' 1.00 (1.00 to 1.00)' in lines[3]


def test_bridge_step_notices_another_update(monkeypatch):
    monkeypatch.setattr(bridge_step.PublishedStep, 'forward', lambda self, *_: torch.zeros(()))
    with pytest.raises(AssertionError):
        bridge_step.main(['--batch-size', '2', '--size', '32', '--cfg-options', *SMALL])
    with pytest.raises(ConfigError, match='momentum'):
        bridge_step.main(['--cfg-options', *SMALL, 'optim_wrapper.optimizer.momentum=0.9'])


def test_gradient_features_benchmark_compares_equal_forms(capsys):
    gradient_features.main(['--batch', '1', '--size', '48', '--radii', '3', '9', '--rounds', '1'])
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0].startswith('(1, 1, 48, 48), radii [3, 9], ')
    forms = [(line[:11].strip(), *map(float, line[11:].split())) for line in lines[2:]]
    assert [form[0] for form in forms] == ['mmsar', 'published', 'four in one']
    assert all(form[1] > 0 and form[5] < 1e-4 for form in forms)


SLIM = 'configs/saratrx/saratrx_hivit-slim_1xb64-coslr-100e_own-chips.py'


def test_saratrx_step_compares_equal_steps(capsys, monkeypatch):
    # In this process, and not in others of its own.
    monkeypatch.setattr(
        saratrx_step, '_in_process', lambda args, as_plain: (2.0 if as_plain else 1.0, 3.0)
    )
    monkeypatch.setattr(saratrx_step, 'get_context', lambda _: InThisProcess)
    saratrx_step.main(['--config', str(ROOT / SLIM), '--batch-size', '2', '--rounds', '1'])
    lines = capsys.readouterr().out.strip().splitlines()
    assert 'agrees, gradient to' in lines[0]
    assert lines[3].split() == ['plain', '2.00', '1.00', '2.00', '3.00']


class InThisProcess:
    """Stands for multiprocessing's context."""

    @staticmethod
    def Pool(_):
        return contextlib.nullcontext(InThisProcess)

    @staticmethod
    def apply(function, arguments):
        return function(*arguments)


def test_saratrx_step_notices_another_target(monkeypatch):
    monkeypatch.setattr(
        saratrx_step.DenseFeatures, '__call__', lambda self, images: images.expand(-1, 3, -1, -1)
    )
    args = ['--config', str(ROOT / SLIM), '--batch-size', '2']
    with pytest.raises(AssertionError, match='not close'):
        saratrx_step.main(args)
