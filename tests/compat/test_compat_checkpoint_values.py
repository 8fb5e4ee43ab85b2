"""Honest checkpoints load, and keep every value."""

import argparse
import pickle
import zipfile

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel, BaseModule
from mmengine.runner import Runner
from mmengine.runner.checkpoint import (
    _load_checkpoint,
    _load_checkpoint_with_prefix,
    load_checkpoint,
)

from mmsar.compat.mmengine_checkpoint import load_file


def round_trip(content, folder):
    file = folder / 'weights.pth'
    torch.save(content, file)
    return _load_checkpoint(str(file), map_location='cpu')


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif isinstance(a, HistoryBuffer):
        same(a.data, b.data)
    elif isinstance(a, torch.Tensor):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        assert a.flags.writeable == b.flags.writeable
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b


DTYPES = [
    '?', 'i1', 'u1', '<i2', '>i2', '<u2', '<i4', '<u4', '<i8', '<u8',
    '<f2', '<f4', '>f4', '<f8', '<c8', '<c16', 'S3', '<U4',
]  # fmt: skip


@pytest.mark.parametrize('dtype', [*DTYPES, '<M8[s]', '<m8[ms]'])
def test_numpy_arrays(tmp_path, dtype):
    values = np.arange(6).astype(dtype)
    content = {
        'vector': values,
        'matrix': values.reshape(2, 3),
        'fortran': np.asfortranarray(values.reshape(2, 3)),
        'single': values[1].reshape(()),
    }
    # Pickled, a foreign byte order becomes the native one; torch.save uses protocol 2.
    same(round_trip(content, tmp_path), pickle.loads(pickle.dumps(content, protocol=2)))


@pytest.mark.parametrize('dtype', ['<f8', '<U4'])
def test_arrays_of_a_plain_load_can_be_saved_again(tmp_path, dtype):
    values = np.arange(6).astype(dtype)
    torch.save(values, tmp_path / 'first.pth')
    again = round_trip(torch.load(tmp_path / 'first.pth', weights_only=True), tmp_path)
    same(again, values)


@pytest.mark.parametrize('dtype', ['<f8', '<i8', '<U4'])
def test_empty_numpy_arrays(tmp_path, dtype):
    # Their bytes are pickled as a call of ``bytes``, which torch does not allow by itself.
    content = {'array': np.zeros((0, 3), dtype), 'history': HistoryBuffer(), 'bytes': b''}
    same(round_trip(content, tmp_path), content)


@pytest.mark.parametrize('dtype', DTYPES)
def test_numpy_scalars(tmp_path, dtype):
    content = {'scalar': np.arange(6).astype(dtype)[3]}
    same(round_trip(content, tmp_path), content)


def test_numpy_random_state(tmp_path):
    state = np.random.RandomState(3).get_state()
    same(round_trip({'numpy': state}, tmp_path), {'numpy': state})


def test_history_buffer(tmp_path):
    buffer = HistoryBuffer([1.0, 2.0, 6.0], [1, 1, 2])
    loaded = round_trip({'loss': buffer}, tmp_path)['loss']
    same(loaded, buffer)
    assert loaded.mean() == 9 / 4
    assert loaded.min() == 1
    assert loaded.max() == 6
    assert loaded.current() == 6
    assert loaded.statistics('mean', 2) == 8 / 3
    loaded.update(4.0)
    assert loaded.current() == 4
    assert loaded.max_length == buffer.max_length


def test_argparse_namespace(tmp_path):
    arguments = argparse.Namespace(lr=1.5e-4, model='base', sizes=[1, 2], nested={'a': None})
    assert round_trip({'args': arguments}, tmp_path)['args'] == arguments


def test_tensors_and_plain_python(tmp_path):
    content = {
        'state_dict': {
            'half': torch.ones(2, dtype=torch.float16),
            'bfloat': torch.ones(2, dtype=torch.bfloat16),
            'steps': torch.tensor(7),
            'parameter': torch.nn.Parameter(torch.arange(3.0)),
        },
        'meta': {'text': 'é', 'none': None, 'flag': True, 'tuple': (1, 2.5), 'set': {1, 2}},
    }
    same(round_trip(content, tmp_path), content)


@pytest.mark.parametrize('package', ['numpy.core', 'numpy._core'])
def test_files_of_numpy_1_and_2(tmp_path, package):
    """The two write the same functions under different names."""
    content = {'scalar': np.float32(2.5), 'array': np.arange(3), 'history': HistoryBuffer([1], [1])}
    written, renamed = tmp_path / 'written.pth', tmp_path / 'renamed.pth'
    torch.save(content, written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(renamed, 'w') as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith('data.pkl'):
                data = data.replace(b'numpy._core.', b'numpy.core.')
                data = data.replace(b'numpy.core.', package.encode() + b'.')
                assert f'{package}.multiarray'.encode() in data
            target.writestr(name, data)
    same(load_file(renamed), content)


def test_the_legacy_format(tmp_path):
    content = {'state_dict': {'weight': torch.arange(4.0)}, 'meta': {'epoch': np.int64(3)}}
    file = tmp_path / 'weights.pth'
    torch.save(content, file, _use_new_zipfile_serialization=False)
    same(_load_checkpoint(str(file)), content)


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    torch.save({'epoch': 3}, tmp_path / 'weights.pth')
    assert _load_checkpoint('~/weights.pth') == {'epoch': 3}


@pytest.fixture
def backbone(tmp_path):
    """A file with the weights of ``backbone`` beside others."""
    file = tmp_path / 'detector.pth'
    weights = {'backbone.conv.weight': torch.full((1, 1, 1, 1), 5.0), 'head.weight': torch.ones(1)}
    torch.save({'state_dict': weights, 'meta': {'score': np.float64(0.5)}}, file)
    return str(file)


class Net(BaseModule):
    def __init__(self, **options):
        super().__init__(**options)
        self.conv = torch.nn.Conv2d(1, 1, 1, bias=False)


def test_init_cfg_with_prefix(backbone):
    net = Net(init_cfg={'type': 'Pretrained', 'checkpoint': backbone, 'prefix': 'backbone.'})
    net.init_weights()
    assert net.conv.weight.item() == 5
    assert list(_load_checkpoint_with_prefix('backbone', backbone)) == ['conv.weight']


def test_load_checkpoint_renames_keys(backbone):
    net = Net()
    loaded = load_checkpoint(net, backbone, revise_keys=[(r'^backbone\.', '')])
    assert net.conv.weight.item() == 5
    assert loaded['meta']['score'] == 0.5


def test_a_url_is_read_from_the_cache(backbone, tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'home'))
    cache = tmp_path / 'home' / 'hub' / 'checkpoints'
    cache.mkdir(parents=True)
    (cache / 'detector.pth').write_bytes((tmp_path / 'detector.pth').read_bytes())
    url = 'https://weights.invalid/detector.pth'
    net = Net(init_cfg={'type': 'Pretrained', 'checkpoint': url, 'prefix': 'backbone.'})
    net.init_weights()
    assert net.conv.weight.item() == 5


class Toy(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        return {'loss': self.linear(inputs).square().mean()}


class Record(Hook):
    """Puts numpy values into the message hub, as evaluation hooks do."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        runner.message_hub.update_info('best', np.float64(runner.iter + 0.5))
        runner.message_hub.update_info('curve', np.arange(runner.iter + 1))


def train(work_dir, epochs, **options):
    runner = Runner(
        Toy(),
        str(work_dir),
        train_dataloader={
            'dataset': [{'inputs': torch.full((1,), float(i))} for i in range(3)],
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
            'collate_fn': {'type': 'default_collate'},
            'batch_size': 1,
        },
        train_cfg={'by_epoch': True, 'max_epochs': epochs},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}},
        param_scheduler={'type': 'StepLR', 'step_size': 1},
        custom_hooks=[Record()],
        log_level='ERROR',
        experiment_name=f'{work_dir.parent.name}-{epochs}',
        **options,
    )
    runner.train()
    return runner


def test_a_checkpoint_of_a_runner_resumes(tmp_path):
    work_dir = tmp_path / 'work'
    first = train(work_dir, epochs=1)
    file = work_dir / 'epoch_1.pth'
    loaded, honest = _load_checkpoint(str(file)), torch.load(file, weights_only=False)
    same(loaded, honest)
    history = loaded['message_hub']['log_scalars']['train/loss']
    assert isinstance(history, HistoryBuffer)
    assert len(history.data[0]) == 3
    assert loaded['message_hub']['runtime_info']['best'] == 2.5

    second = train(work_dir, epochs=2, resume=True)
    assert (second.epoch, second.iter) == (2, 6)
    losses = second.message_hub.get_scalar('train/loss').data[0]
    assert len(losses) == 6
    np.testing.assert_array_equal(losses[:3], history.data[0])
    assert not torch.equal(second.model.linear.bias, first.model.linear.bias)
