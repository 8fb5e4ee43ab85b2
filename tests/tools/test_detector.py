"""A detector trains, tests, draws and resumes through the commands a user gives."""

import json
import pickle
import random
from pathlib import Path

import pytest
import test as test_tool
import torch
import train
from kill import kill_after_next_checkpoint
from PIL import Image
from toy_runs import forget_instances, write_config

ROOT = Path(__file__).parent.parent.parent
QUICKSTART = ROOT / 'configs/quickstart/faster-rcnn_r18-slim_fpn_ports.py'
OWN = ROOT / 'configs/faster_rcnn/faster-rcnn_r18-slim_fpn_own-coco.py'
ONE_PROCESS = {'num_workers': 0, 'persistent_workers': False}
EPOCHS = {'max_epochs': 2, 'val_interval': 2}


def small(folder: Path, base: Path = QUICKSTART, **settings) -> str:
    """Write a config of two epochs without worker processes."""
    return str(
        write_config(
            folder / 'small.py',
            base,
            train_dataloader={'batch_size': 2, **ONE_PROCESS},
            val_dataloader=ONE_PROCESS,
            test_dataloader=ONE_PROCESS,
            **{'train_cfg': EPOCHS, **settings},
        )
    )


@pytest.fixture(scope='module')
def trained(tmp_path_factory, scenes) -> Path:
    """Work folder of two epochs on four scenes."""
    forget_instances()
    folder = tmp_path_factory.mktemp('detector')
    flags = ['--work-dir', str(folder), '--cfg-options', f'data_root={scenes}']
    train.main([small(folder), *flags])
    forget_instances()
    return folder


def test_training_leaves_checkpoints_metrics_and_pictures(trained):
    assert (trained / 'last_checkpoint').read_text() == str(trained / 'epoch_2.pth')
    (scalars,) = trained.glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in scalars.read_text().splitlines()]
    assert 0 <= lines[-1]['coco/bbox_mAP_50'] <= 1
    assert list(trained.glob('*/vis_data/vis_image/val_*.png'))
    assert list(trained.glob('*/vis_data/events.out.tfevents*'))  # TensorBoard


def test_resumed_detector_is_bitwise_equal(trained, tmp_path, scenes):
    flags = ['--work-dir', str(tmp_path), '--resume', str(trained / 'epoch_1.pth')]
    config = small(tmp_path, train_cfg={'max_epochs': 2, 'val_interval': 3})
    train.main([config, *flags, '--cfg-options', f'data_root={scenes}'])
    ours = torch.load(tmp_path / 'epoch_2.pth')['state_dict']
    theirs = torch.load(trained / 'epoch_2.pth')['state_dict']
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_testing_draws_and_dumps_every_image(trained, tmp_path, scenes):
    out, pictures = tmp_path / 'predictions.pkl', tmp_path / 'pictures'
    flags = ['--work-dir', str(tmp_path), '--out', str(out), '--show-dir', str(pictures)]
    test_tool.main([small(tmp_path), str(trained), *flags, '--cfg-options', f'data_root={scenes}'])
    # Ground truth and prediction side by side, in the size of the file.
    drawn = sorted(pictures.iterdir())
    assert [path.name for path in drawn] == ['val_0000.png', 'val_0001.png']
    assert Image.open(drawn[0]).size == (256, 128)
    predictions = pickle.loads(out.read_bytes())
    assert [Path(p['img_path']).name for p in predictions] == ['val_0000.png', 'val_0001.png']
    assert predictions[0]['pred_instances']['bboxes'].shape[1] == 4
    # What was tested, and how it came about.
    result = json.loads((tmp_path / 'test_results.json').read_text())
    assert result['checkpoint'] == str(trained / 'epoch_2.pth')
    assert (result['seed'], result['epoch'], result['iter']) == (0, 2, 4)
    assert 0 <= result['metrics']['coco/bbox_mAP_50'] <= 1
    assert result['training']['seconds'] >= 0
    assert 'mmdet' in result['versions']


def test_own_data_set_needs_one_file(tmp_path, scenes):
    own = OWN.read_text().replace("'../_base_", f"'{ROOT}/configs/_base_")
    (tmp_path / 'own.py').write_text(
        own.replace("('ship', 'harbor')", "('ship',)").replace('8bit', 'percentile')
    )
    epochs = {'max_epochs': 1, 'val_interval': 1}
    config = small(tmp_path, tmp_path / 'own.py', train_cfg=epochs)
    resize = 'train_dataloader.dataset.dataset.pipeline.3.scale=(96,96)'
    flags = ['--work-dir', str(tmp_path / 'w'), '--cfg-options', f'data_root={scenes}', resize]
    train.main([config, *flags])
    assert (tmp_path / 'w' / 'epoch_1.pth').is_file()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize('workers', [0, 2])
def test_detector_killed_at_five_random_moments(tmp_path, scenes, workers):
    def config(folder: Path) -> str:
        loader = {'batch_size': 2, 'num_workers': workers, 'persistent_workers': workers > 0}
        data = {'dataset': {'dataset': {'data_root': str(scenes)}}}
        epochs = {'max_epochs': 8, 'val_interval': 9}
        return str(
            write_config(
                folder / 'config.py',
                QUICKSTART,
                train_dataloader={**loader, **data},
                val_dataloader={'dataset': {'data_root': str(scenes)}},
                train_cfg=epochs,
            )
        )

    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    train.main([config(whole), '--work-dir', str(whole)])
    for _ in range(5):
        kill_after_next_checkpoint(Path(config(killed)), killed, random.uniform(0, 1))
    assert not (killed / 'epoch_8.pth').exists()
    forget_instances()
    train.main([config(killed), '--work-dir', str(killed), '--resume'])
    ours, theirs = (torch.load(f / 'epoch_8.pth')['state_dict'] for f in (killed, whole))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
