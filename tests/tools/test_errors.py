"""Each mistake that a user can make ends in one message that says what to change."""

import json
import shutil
from pathlib import Path

import pytest
import test as test_tool
import torch
import train

from mmsar.apis.explain import run_tool

ROOT = Path(__file__).parent.parent.parent
CONFIG = str(ROOT / 'configs/quickstart/faster-rcnn_r18-slim_fpn_ports.py')
NO_WORKERS = ['train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False']


@pytest.fixture
def folder(tmp_path, scenes) -> Path:
    """A copy of the scenes to spoil, and checkpoints that are none."""
    shutil.copytree(scenes, tmp_path / 'scenes')
    (tmp_path / 'text.pth').write_text('not a checkpoint')
    (tmp_path / 'empty.pth').touch()
    torch.save({'state_dict': {'other.weight': torch.zeros(2)}}, tmp_path / 'other.pth')
    torch.save(torch.zeros(1000), tmp_path / 'cut.pth')
    (tmp_path / 'cut.pth').write_bytes((tmp_path / 'cut.pth').read_bytes()[:500])
    return tmp_path


def remove_image(scenes: Path) -> None:
    (scenes / 'images' / 'train_0001.png').unlink()


def truncate_image(scenes: Path) -> None:
    (scenes / 'images' / 'train_0001.png').write_bytes(b'\x89PNG\r\n')


def move_box(scenes: Path) -> None:
    content = json.loads((scenes / 'train.json').read_text())
    content['annotations'][0]['bbox'] = [500, 0, 10, 10]
    (scenes / 'train.json').write_text(json.dumps(content))


def cut_annotations(scenes: Path) -> None:
    text = (scenes / 'train.json').read_text()
    (scenes / 'train.json').write_text(text[:100])


def nothing(scenes: Path) -> None:
    pass


@pytest.mark.parametrize(
    ('spoil', 'settings', 'message'),
    [
        (nothing, ['data_root=/nowhere'], r"data_root '/nowhere' is not a folder; set it"),
        (shutil.rmtree, [], r"data_root '.*scenes' is not a folder"),
        (lambda s: (s / 'train.json').unlink(), [], r"annotation file '.*train\.json' does not"),
        (cut_annotations, [], r'train\.json is not valid JSON, or is truncated'),
        (remove_image, [], r'1 of 4 images named in .*train\.json do not exist: .*train_0001\.png'),
        (truncate_image, [], r'train_0001\.png .*damaged'),
        (move_box, [], r'1 of \d+ boxes in .*train\.json are empty, not finite or outside'),
        (nothing, ['modle.backbone.depth=50'], r'unknown setting; did you mean model'),
        (nothing, ['model.backbone.dpeth=5'], r"takes no argument 'dpeth'; did you mean depth"),
        (nothing, ['model.backbone.type=ResNte'], r"there is no model named 'ResNte' in mmdet"),
        (nothing, ['model.roi_head.bbox_head.num_classes=3'], r'num_classes'),
        (nothing, ['load_from=/nowhere/epoch_1.pth'], r'checkpoint /nowhere/epoch_1\.pth does not'),
    ],
)  # fmt: skip
def test_training(folder, spoil, settings, message):
    spoil(folder / 'scenes')
    flags = ['--work-dir', str(folder / 'work'), '--cfg-options', f'data_root={folder / "scenes"}']
    expect(train.main, [CONFIG, *flags, *NO_WORKERS, *settings], message)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['configs/quickstart/faster-rcnn_r18.py'], r'config file .*faster-rcnn_r18\.py does not'),
        ([CONFIG, '--amp'], r'--amp needs a GPU'),
        ([CONFIG, '--resume', '/nowhere/epoch_9.pth'], r'epoch_9\.pth does not exist'),
        ([CONFIG, '--launcher', 'slurm'], r'--launcher slurm without a GPU'),
    ],
)
def test_training_flags(monkeypatch, tmp_path, arguments, message):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    expect(train.main, [*arguments, '--work-dir', str(tmp_path)], message)


@pytest.mark.parametrize(
    ('checkpoint', 'message'),
    [
        ('gone.pth', r'checkpoint .*gone\.pth does not exist; there are .*'),
        ('text.pth', r'text\.pth cannot be read: it is truncated or not a PyTorch file'),
        ('empty.pth', r'empty\.pth is empty \(0 bytes\)'),
        ('cut.pth', r'cut\.pth cannot be read'),
        ('other.pth', r'other\.pth does not fit this model \(FasterRCNN'),
    ],
)
def test_testing(folder, checkpoint, message):
    flags = ['--work-dir', str(folder / 'work'), '--cfg-options', f'data_root={folder / "scenes"}']
    expect(test_tool.main, [CONFIG, str(folder / checkpoint), *flags], message)


def test_predictions_need_a_pickle_name(tmp_path):
    expect(test_tool.main, [CONFIG, 'x.pth', '--out', 'x.json'], r'must end in \.pkl')


def expect(main, arguments: list[str], message: str) -> None:
    """Check that a tool exits with one matching message of a few lines."""
    with pytest.raises(SystemExit, match=message) as info:
        run_tool(lambda argv: main(arguments))
    text = str(info.value)
    assert text.startswith('\nerror: ')
    assert len(text.strip().splitlines()) <= 7
