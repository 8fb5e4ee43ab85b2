"""Training of Stable Diffusion 3 with LoRA: caches, resuming, two processes, what is saved."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import toy_generation as toy
import toy_migration
import train
from toy_runs import equal, forget_instances

from mmsar.errors import ConfigError
from mmsar.models.generation.sd3.adapter_files import FILE, read_adapters

pytest.importorskip('diffusers')
pytest.importorskip('peft')
STOP = [{'type': 'mmsar.PromptCacheHook'}, {'type': 'StopHook', 'at': 4}]


def run(folder: Path, tiny: Path, name: str, *flags: str, **settings: Any) -> dict[str, Any]:
    """Train for two epochs of three iterations, and return the weights of the first process."""
    forget_instances()
    config = toy.config(folder, tiny, **settings)
    config = config.rename(folder / f'config_{name}.py')
    train.main([str(config), '--work-dir', str(folder / name), *flags])
    return torch.load(folder / name / 'rank0.pth')


def losses(folder: Path) -> list[float]:
    lines = [line for log in sorted(folder.glob('*/vis_data/scalars.json'))
             for line in log.read_text().splitlines()]  # fmt: skip
    return [json.loads(line)['loss'] for line in lines]


@pytest.fixture(scope='module')
def whole(tiny_sd3, tmp_path_factory) -> Path:
    """A folder with an uninterrupted run, cached."""
    folder = tmp_path_factory.mktemp('whole')
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    run(folder, tiny_sd3, 'whole')
    torch.set_num_threads(threads)
    return folder


def weights(folder: Path, name: str = 'whole', rank: int = 0) -> dict[str, torch.Tensor]:
    return torch.load(folder / name / f'rank{rank}.pth')


def test_without_caches_it_is_the_same(whole, tiny_sd3, tmp_path):
    run(tmp_path, tiny_sd3, 'plain', model={'cache': None})
    assert not (tmp_path / 'cache').exists()
    expected = losses(whole / 'whole')
    assert len(expected) == 6
    assert losses(tmp_path / 'plain') == pytest.approx(expected, abs=1e-6)
    found = weights(tmp_path, 'plain')
    for name, value in weights(whole).items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-6)


def test_adapters_are_those_of_the_checkpoint(whole):
    checkpoint = torch.load(whole / 'whole' / 'epoch_2.pth', weights_only=False)['state_dict']
    assert equal(checkpoint, weights(whole))
    saved = read_adapters(whole / 'whole' / 'adapters' / 'epoch_2')
    assert equal({f'transformer.{name}': value for name, value in saved.items()}, checkpoint)
    assert (whole / 'whole' / 'epoch_2.pth').stat().st_size < 500_000  # nothing that is frozen
    assert any(value.abs().max() > 0 for name, value in saved.items() if 'lora_B' in name)


def test_stopped_and_resumed_is_bitwise_equal(whole, tiny_sd3, tmp_path):
    (tmp_path / 'cache').mkdir()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, tiny_sd3, 'resumed', custom_hooks=STOP)
    found = run(tmp_path, tiny_sd3, 'resumed', '--resume')
    assert equal(found, weights(whole))
    other = run(tmp_path, tiny_sd3, 'seed', randomness={'seed': 1})
    assert not equal(other, found)


def test_two_processes_equal_one(whole, tiny_sd3, tmp_path):
    loader = {
        'batch_size': 2, 'num_workers': 0, 'persistent_workers': False,
        'dataset': toy_dataset(tmp_path, tiny_sd3),
    }  # fmt: skip
    flags = ('--launcher', 'pytorch')
    both = toy_migration.fork_two(
        lambda rank: run_rank(tmp_path, tiny_sd3, rank, *flags, train_dataloader=loader)
    )
    assert both == [0, 0]
    assert equal(*(weights(tmp_path, 'two', rank) for rank in range(2)))
    for name, value in weights(whole).items():
        # Adam makes steps of 1e-2, also of rounding errors.
        torch.testing.assert_close(weights(tmp_path, 'two')[name], value, rtol=0, atol=2e-4)
    assert losses(tmp_path / 'two') == pytest.approx(losses(whole / 'whole'), abs=1e-5)


def toy_dataset(folder: Path, tiny: Path) -> Any:
    from mmsar.apis import load_config

    return load_config(toy.config(folder, tiny)).train_dataloader.dataset.to_dict()


def run_rank(folder: Path, tiny: Path, rank: int, *flags: str, **settings: Any) -> None:
    own = folder / f'rank{rank}'
    own.mkdir()
    (own / 'chips').symlink_to(folder / 'chips')
    forget_instances()
    settings['model'] = {'pretrained': str(tiny), 'cache': str(folder / 'cache')}
    config = toy.config(own, tiny, **settings)
    train.main([str(config), '--work-dir', str(folder / 'two'), *flags])


def test_pictures_and_a_whole_transformer(tiny_sd3, tmp_path):
    """Pictures change nothing; the weights of a whole one go through export to a pipeline."""
    from generate import main as generate
    from model_converters.export_diffusion import main as export

    hooks = [{'type': 'mmsar.PromptCacheHook'}, {'type': 'DumpStateHook'}]
    drawing = {'type': 'mmsar.DrawSamplesHook', 'interval': 1, 'number': 2}
    model = {'lora': None}
    settings = {'model': model, 'train_cfg': {'max_epochs': 1}}
    plain = run(tmp_path, tiny_sd3, 'plain', custom_hooks=hooks, **settings)
    drawn = run(tmp_path, tiny_sd3, 'drawn', custom_hooks=[drawing, *hooks], **settings)
    assert equal(plain, drawn)
    (picture,) = (tmp_path / 'drawn').glob('*/vis_data/vis_image/samples_1.png')
    from mmsar.io import read_raster

    assert read_raster(picture)[0].shape == (2 * 34, 3 * 34, 3)
    config = str(tmp_path / 'config_plain.py')
    export([config, str(tmp_path / 'plain'), str(tmp_path / 'exported')])
    pretrained = f'model.pretrained={tmp_path / "exported"}'
    images = []
    for name, flags in (
        ('a', [str(tmp_path / 'plain')]),
        ('b', ['--cfg-options', pretrained]),
    ):
        forget_instances()
        folders = ['--out', str(tmp_path / name), '--work-dir', str(tmp_path / 'w')]
        generate([config, *folders, *flags] if name == 'b' else [config, *flags, *folders])
        images.append(toy_migration.images(tmp_path / name))
    assert images[0] == images[1]
    assert len(images[0]) == 6
    forget_instances()
    with pytest.raises(ConfigError, match='the model has no adapters'):
        run(tmp_path, tiny_sd3, 'bad', model=model)


def test_lora_export(whole, tmp_path):
    from model_converters.export_diffusion import main as export

    export([str(whole / 'config_whole.py'), str(whole / 'whole'), str(tmp_path)])
    expected = (whole / 'whole' / 'adapters' / 'epoch_2' / FILE).read_bytes()
    assert equal(*(read_adapters(path) for path in (tmp_path, whole / 'whole/adapters/epoch_2')))
    assert len(expected) == (tmp_path / FILE).stat().st_size
    with pytest.raises(ConfigError, match='does not exist'):
        export([str(whole / 'config_whole.py'), str(tmp_path / 'no.pth'), str(tmp_path)])
    shutil.rmtree(tmp_path)
