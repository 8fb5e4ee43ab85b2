from pathlib import Path

import pytest

from mmsar.apis import load_config
from mmsar.apis.launch import enable_amp, enable_lr_scaling, find_checkpoint, resume, set_work_dir
from mmsar.errors import ConfigError

CONFIGS = Path(__file__).parent.parent.parent / 'configs'
QUICKSTART = CONFIGS / 'quickstart' / 'faster-rcnn_r18-slim_fpn_ports.py'


def test_data_root_moves_every_path_below_it(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(
        "data_root = 'data/old/'\n"
        'train_dataloader = dict(dataset=dict(data_root=data_root, prefix=(data_root, 1)))\n'
        "val_evaluator = [dict(ann_file=data_root + 'val.json', other='data/older/x')]\n"
    )
    config = load_config(path, {'data_root': '/new/place'})
    assert config.data_root == '/new/place'
    assert config.train_dataloader.dataset.data_root == '/new/place'
    assert tuple(config.train_dataloader.dataset.prefix) == ('/new/place', 1)
    assert config.val_evaluator[0].ann_file == '/new/place/val.json'
    assert config.val_evaluator[0].other == 'data/older/x'


def test_options_reach_lists_and_add_arguments():
    options = {
        'train_dataloader.dataset.dataset.pipeline.4.prob': 0.0,
        'model.backbone.with_cp': True,
        'work_dir': 'somewhere',
    }
    config = load_config(QUICKSTART, options)
    assert config.train_dataloader.dataset.dataset.pipeline[4].prob == 0.0
    assert config.model.backbone.with_cp is True


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ('optim_wraper.lr', 'unknown setting; did you mean optim_wrapper'),
        ('model.backbon.depth', "model has no 'backbon'; did you mean backbone"),
        ('model.backbone.nothing.here', "model.backbone has no 'nothing'"),
        ('train_dataloader.dataset.dataset.pipeline.9.prob', "no '9'"),
    ],
)
def test_options_that_name_nothing_are_refused(option, message):
    with pytest.raises(ConfigError, match=message):
        load_config(QUICKSTART, {option: 1})


def test_missing_config_names_its_neighbours():
    with pytest.raises(ConfigError, match=r'did you mean faster-rcnn_r18-slim_fpn_ports\.py'):
        load_config(QUICKSTART.with_name('faster-rcnn_r18_fpn_ports.py'))
    with pytest.raises(ConfigError, match='there is no folder'):
        load_config(CONFIGS / 'nowhere' / 'x.py')


@pytest.mark.parametrize(
    'text',
    [
        'model = dict(',
        '_base_ = "./gone.py"',
        'a = unknown_name',
        "_base_ = 'mmdet::gone/x.py'",
        "_base_ = 'nowhere::x/y.py'",
        'a = 1 / 0',
        '_base_ = "./good.py"\na = _base_.train_dataloadr.batch_size',
    ],
)
def test_unreadable_config_is_named(tmp_path, text):
    (tmp_path / 'good.py').write_text('train_dataloader = dict(batch_size=1)')
    (tmp_path / 'bad.py').write_text(text)
    with pytest.raises(ConfigError, match=r'bad\.py \(or a base of it\) cannot be read: \w+Error'):
        load_config(tmp_path / 'bad.py')


def test_work_dir_comes_from_the_flag_the_config_or_the_name(tmp_path):
    config = load_config(QUICKSTART)
    set_work_dir(config, QUICKSTART, None)
    assert config.work_dir == 'work_dirs/faster-rcnn_r18-slim_fpn_ports'
    config.work_dir = 'mine'
    set_work_dir(config, QUICKSTART, None)
    assert config.work_dir == 'mine'
    set_work_dir(config, QUICKSTART, 'flag')
    assert config.work_dir == 'flag'


def test_amp_needs_a_gpu(monkeypatch):
    config = load_config(QUICKSTART)
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    with pytest.raises(ConfigError, match='--amp needs a GPU'):
        enable_amp(config)
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    enable_amp(config)
    assert config.optim_wrapper.type == 'AmpOptimWrapper'
    assert config.optim_wrapper.loss_scale == 'dynamic'


def test_lr_scaling_needs_the_batch_size_it_is_meant_for():
    config = load_config(QUICKSTART)
    enable_lr_scaling(config)
    assert config.auto_scale_lr.enable is True
    config.auto_scale_lr = {}
    with pytest.raises(ConfigError, match='base_batch_size'):
        enable_lr_scaling(config)


def test_checkpoints_are_found_by_file_pointer_and_folder(tmp_path):
    checkpoint = tmp_path / 'epoch_2.pth'
    checkpoint.touch()
    pointer = tmp_path / 'last_checkpoint'
    pointer.write_text(str(checkpoint))
    for source in (checkpoint, pointer, tmp_path):
        assert find_checkpoint(str(source)) == str(checkpoint)
    assert find_checkpoint('https://x.org/a.pth') == 'https://x.org/a.pth'
    with pytest.raises(ConfigError, match=r'epoch_3\.pth does not exist; there are .*epoch_2\.pth'):
        find_checkpoint(str(tmp_path / 'epoch_3.pth'))


def test_resume_follows_a_folder_that_was_moved(tmp_path):
    config = load_config(QUICKSTART)
    config.work_dir = str(tmp_path)
    config.load_from = 'weights.pth'
    resume(config, 'auto')
    # Nothing to resume: the run starts from its weights.
    assert (config.resume, config.load_from) == (False, 'weights.pth')
    other = tmp_path / 'other'
    other.mkdir()
    (other / 'epoch_2.pth').touch()
    (tmp_path / 'last_checkpoint').write_text('/old/place/epoch_2.pth')
    with pytest.raises(ConfigError, match=r"names 'epoch_2\.pth', which does not exist"):
        resume(config, 'auto')
    # A copy of a folder means its own checkpoint, not the original's.
    (tmp_path / 'last_checkpoint').write_text(str(other / 'epoch_2.pth'))
    resume(config, 'auto')
    assert config.load_from == str(other / 'epoch_2.pth')
    (tmp_path / 'epoch_2.pth').touch()
    resume(config, 'auto')
    assert config.resume
    assert config.load_from == str(tmp_path / 'epoch_2.pth')


def test_resume_without_a_pointer_asks_which_checkpoint(tmp_path):
    config = load_config(QUICKSTART)
    config.work_dir = str(tmp_path)
    (tmp_path / 'epoch_2.pth').touch()
    with pytest.raises(ConfigError, match=r'has checkpoints \(epoch_2\.pth\).*--resume FILE'):
        resume(config, 'auto')
    (tmp_path / 'last_checkpoint').write_text('')
    with pytest.raises(ConfigError, match="names ''"):
        resume(config, 'auto')


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'max_epochs': 3}, 'max_epochs is a variable of the config file'),
        ({'train_dataloader.batch_size.x': 5}, 'batch_size'),
        ({'train_dataloader.dataset.dataset.pipeline.9': 5}, 'cannot be applied'),
    ],
)
def test_options_without_effect_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        load_config(QUICKSTART, options)


def test_data_root_that_moves_nothing_is_refused(tmp_path):
    (tmp_path / 'c.py').write_text(
        "data_root = 'data/a/'\ntrain_dataloader = dict(dataset=dict(data_root='./other/a/'))"
    )
    with pytest.raises(ConfigError, match='no path in the config lies under'):
        load_config(tmp_path / 'c.py', {'data_root': '/b'})


def test_persistent_workers_go_with_the_workers():
    loader = load_config(QUICKSTART, {'train_dataloader.num_workers': 0}).train_dataloader
    assert loader.persistent_workers is False
