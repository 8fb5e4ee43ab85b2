"""Generation of folders of images by the tool."""

import json
import os
import time
from pathlib import Path
from typing import Any

import generate
import numpy as np
import pytest
import toy_generation as toy
import toy_migration
from toy_runs import forget_instances

from mmsar.engine.generation import Generation
from mmsar.engine.generation.settings import GenerationSettings, read_settings
from mmsar.engine.image_jobs.manifest import read_manifest
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.io import read_raster
from mmsar.models.generation import SD3LoRA

pytest.importorskip('diffusers')
pytest.importorskip('peft')


@pytest.fixture
def config(tmp_path, tiny_sd3) -> Path:
    """Of a model that computes in float64, so that rounding changes no file."""
    model = {'pretrained': str(tiny_sd3), 'cache': str(tmp_path / 'cache'), 'dtype': 'float64'}
    return toy.config(tmp_path, tiny_sd3, model=model)


def run(config: Path, name: str, *flags: str) -> dict[str, bytes]:
    forget_instances()
    out = config.parent / name
    generate.main([str(config), '--out', str(out), '--work-dir', str(config.parent / 'w'), *flags])
    return toy_migration.images(out)


def test_files_and_manifest(config, capsys):
    images = run(config, 'out')
    names = [f'{name}/{number:05d}.png' for name in toy.CLASSES for number in range(2)]
    assert sorted(images) == names
    assert '6 images generated' in capsys.readouterr().out
    entries = read_manifest(config.parent / 'out')
    assert sorted(entries) == names
    assert entries[names[2]]['prompt'] == 'SAR image, C-17 aircraft, X band'
    assert len({entry['seed'] for entry in entries.values()}) == 6
    array, meta = read_raster(config.parent / 'out' / names[0])
    assert (array.shape, meta.dtype) == ((32, 32, 1), 'uint16')
    # Values are amplitudes: 0 and 1 of the network are 32 and 72 dB.
    assert round(10 ** (32 / 20)) <= array.min()
    assert 255 < array.max() <= round(10 ** (72 / 20))
    # Started again: nothing to do, and nothing is touched.
    before = [(config.parent / 'out' / name).stat().st_mtime_ns for name in names]
    assert run(config, 'out') == images
    assert [(config.parent / 'out' / name).stat().st_mtime_ns for name in names] == before
    assert '0 images generated, 6 were there before' in capsys.readouterr().out


def test_neither_batch_nor_processes_nor_classes_matter(config):
    whole = run(config, 'whole', '--batch-size', '6')
    assert run(config, 'single', '--batch-size', '1') == whole
    # Some first, more later; a file that is gone is made again.
    some = run(config, 'some', '--classes', 'F-15', 'C-17', '--number', '1')
    assert some == {name: whole[name] for name in ('C-17/00000.png', 'F-15/00000.png')}
    (config.parent / 'some' / 'C-17' / '00000.png').unlink()
    assert run(config, 'some') == whole
    both = toy_migration.fork_two(
        lambda rank: run(config, 'two', '--launcher', 'pytorch', '--batch-size', '2')
    )
    assert both == [0, 0]
    assert toy_migration.images(config.parent / 'two') == whole
    assert len(read_manifest(config.parent / 'two')) == 6
    other = run(config, 'seed', '--seed', '1')
    assert not set(other.values()) & set(whole.values())


def test_prompts(config):
    texts = ['SAR image, B-52 aircraft, X band', 'an airfield']
    flags = ('--number', '1', '--guidance', '1')
    images = run(config, 'out', '--prompts', *texts, *flags)
    assert sorted(images) == ['prompt00/00000.png', 'prompt01/00000.png']
    entries = read_manifest(config.parent / 'out')
    assert [entry['prompt'] for entry in entries.values()] == texts
    # Another text for the same place is another image.
    changed = run(config, 'out', '--prompts', texts[0], 'a port', *flags)
    assert changed['prompt00/00000.png'] == images['prompt00/00000.png']
    assert changed['prompt01/00000.png'] != images['prompt01/00000.png']


def test_killed_and_started_again(config):
    whole = run(config, 'whole', '--number', '6')
    out = config.parent / 'out'
    kept: dict[str, int] = {}
    for target in (1, 9):
        child = toy_migration.fork(lambda: run(config, 'out', '--number', '6', '--batch-size', '2'))
        while len(list(out.glob('*/*.png'))) < target:
            assert os.waitpid(child, os.WNOHANG) == (0, 0)
            time.sleep(0.005)
        toy_migration.kill(child)
        (out / 'F-15').mkdir(exist_ok=True)
        (out / 'F-15' / '.00003.abcd1234.png').write_bytes(b'half')
        done = {n for n, e in read_manifest(out).items() if e['status'] == 'done'}
        assert set(kept) <= done  # none is lost
        for name in done:
            state = (out / name).stat().st_ino
            assert kept.setdefault(name, state) == state  # none is made twice
    assert run(config, 'out', '--number', '6', '--batch-size', '5') == whole
    assert all((out / name).stat().st_ino == state for name, state in kept.items())
    assert not list(out.rglob('.*.png'))
    lines = (out / 'manifest.jsonl').read_text().splitlines()
    assert len({json.loads(line)['content'] for line in lines}) == len(lines) == 18


def test_other_settings_and_foreign_images(config, tiny_sd3, tmp_path):
    run(config, 'out', '--number', '1')
    with pytest.raises(DataError, match=r'made with other settings: steps was 3 and is 4'):
        run(config, 'out', '--number', '1', '--steps', '4')
    # Nothing of the former settings stays.
    again = run(config, 'out', '--classes', 'F-15', '--number', '1', '--steps', '4', '--overwrite')
    assert list(again) == ['F-15/00000.png']
    # Adapters make another model, wherever they lie.
    model = SD3LoRA(str(tiny_sd3), {'rank': 4}, dtype='float32')
    model.save_adapters(tmp_path / 'adapters')
    forget_instances()
    flags = ['--out', str(tmp_path / 'out'), '--work-dir', str(tmp_path / 'w')]
    flags += ['--number', '1', '--steps', '4']
    with pytest.raises(DataError, match='weights was None and is'):
        generate.main([str(config), str(tmp_path / 'adapters'), *flags])
    foreign = toy.write_chips(tmp_path / 'foreign')
    with pytest.raises(DataError, match='not made here'):
        run(config, 'foreign')
    assert len(list(foreign.rglob('*.json'))) == 0
    job = Generation(GenerationSettings(prompts=['a']), tmp_path / 'out', {}, exact=True)
    with pytest.raises(DataError, match=r'has 1 images that are not asked for'):
        job.run(lambda: model)


class Spoilt:
    """A generator one of whose images is not finite."""

    def generate(self, prompts: Any, seeds: Any, shape: Any, steps: int, guidance: float) -> Any:
        import torch

        images = torch.full((len(prompts), 1, *shape), 0.5)
        images[[prompt == 'bad' for prompt in prompts]] = torch.nan
        return images


def test_failures(tmp_path):
    settings = GenerationSettings(
        prompts=['good', 'bad'], stretch={'rule': 'fixed', 'low': 0, 'high': 2}, dtype='float32',
        suffix='.tif', shape=(8, 6), domain='intensity',
    )  # fmt: skip
    summary = Generation(settings, tmp_path, {}).run(Spoilt)
    assert (summary.total, summary.now) == (1, 1)
    with pytest.raises(
        DataError, match=r'(?s)1 of 2 images could not be generated.*prompt01/00000'
    ):
        summary.require_complete()
    array, meta = read_raster(tmp_path / 'prompt00' / '00000.tif')
    assert np.array_equal(array, np.ones((8, 6, 1)))
    assert meta.domain == 'intensity'
    assert not (tmp_path / 'prompt01' / '00000.tif').exists()


@pytest.mark.parametrize(('settings', 'match'), [
    ({'number': 0}, 'number=0'), ({'shape': (8,)}, 'shape='), ({'size': 3}, "no setting 'size'"),
    ({'dtype': 'float32'}, 'cannot be written'), ({'prompt': {}}, 'nothing to generate'),
    ({'classes': ['a'], 'prompts': ['b']}, 'not both'),
    ({'stretch': {'rule': 'percentile'}}, 'has no inverse'),
    ({'stretch': {'rule': 'db', 'low': 0, 'high': 1}}, 'with domain=None'),
    ({'stretch': {'rule': '8bit', 'out': (0, 1)}}, 'not open to choice'),
    ({'classes': ['x'], 'prompt': {'classes': ['a']}}, "class 'x' is none of prompt.classes"),
    ({'prompt': {'classes': ['a/b']}}, 'cannot be the name of a folder'),
])  # fmt: skip
def test_bad_settings(settings, match):
    with pytest.raises(ConfigError, match=match):
        read_settings({'prompt': {'classes': ['a']}, **settings})


def test_bad_arguments(config, tmp_path):
    other = Path(__file__).parent.parent / 'configs' / 'toy_epoch.py'
    with pytest.raises(ConfigError, match='has no test_cfg'):
        generate.main([str(other), '--out', str(tmp_path / 'o'), '--work-dir', str(tmp_path)])
    with pytest.raises(CheckpointError, match='none does not exist; name a file of adapters'):
        run(config, 'o', '--cfg-options', f'model.adapters={tmp_path / "none"}')
    with pytest.raises(ConfigError, match='none does not exist; name a checkpoint'):
        generate.main([str(config), str(tmp_path / 'none'), '--out', str(tmp_path / 'o')])
    (tmp_path / 'weights.pth').write_bytes(b'broken')
    forget_instances()
    flags = ['--out', str(tmp_path / 'o'), '--work-dir', str(tmp_path / 'w')]
    with pytest.raises(CheckpointError, match=r'weights\.pth'):
        generate.main([str(config), str(tmp_path / 'weights.pth'), *flags])
    assert not (tmp_path / 'o').exists()
    with pytest.raises(ConfigError, match='needs a folder'):
        Generation(GenerationSettings(prompts=['a']), None, {})
