"""The figures of the bridge network paper that run networks: matches and detections."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from analysis_tools import bridge_tables
from bridge_standins import pair_data, write_checkpoint, write_config
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from PIL import Image

from mmsar.apis import PairMatcher, load_config
from mmsar.apis.detector_comparison import differences, judge
from mmsar.apis.matching.judged_pairs import judge as judge_pairs
from mmsar.errors import CheckpointError, ConfigError
from mmsar.evaluation.detection.records import Detections, GroundTruth, ImageRecord

DATA = Path(__file__).parents[2] / 'configs/_base_/datasets/ports.py'


def colours(path: Path) -> dict[tuple[int, ...], int]:
    """Return the colours of a picture and how often they are there."""
    return {c: n for n, c in Image.open(path).convert('RGB').getcolors(1 << 22)}


@pytest.fixture
def pairs(tmp_path) -> Path:
    """Four equal pairs: the stand-in sees each as a match, and no other."""
    tmp_path = tmp_path / 'pairs'
    for view in ('sar', 'optical'):
        (tmp_path / view).mkdir(parents=True)
    for number in range(4):
        image = np.random.default_rng(number).integers(0, 256, (32, 32), np.uint8)
        cv2.imwrite(str(tmp_path / f'sar/{number}.png'), image)
        cv2.imwrite(str(tmp_path / f'optical/{number}.png'), np.stack([image] * 3, -1))
    loader = {'batch_size': 3, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}}
    loader = {**loader, 'num_workers': 0, 'dataset': pair_data(tmp_path)}
    write_config(tmp_path, test_dataloader=loader, val_dataloader={**loader, 'batch_size': 4})
    write_checkpoint(tmp_path / 'net.pth')
    return tmp_path


def matches(folder: Path, *flags: str) -> None:
    network = [str(folder / 'config.py'), str(folder / 'net.pth')]
    bridge_tables.main(['matches', *network, '--out', str(folder / 'm.png'), *flags])


def test_matches_of_each_kind(pairs, capsys):
    matches(pairs, '--per-kind', '3', '--part', 'val')
    text = capsys.readouterr().out
    for kind, count in (('true', 4), ('false', 0)):
        for sign in ('positive', 'negative'):
            assert f'{kind} {sign}: {count}\n' in text
    positives, negatives = (
        [line.split() for line in text.split(f'true {sign}: 4\n')[1].splitlines()[:3]]
        for sign in ('positive', 'negative')
    )
    assert all(Path(sar).name == Path(optical).name for _, sar, optical in positives)
    assert all(Path(sar).name != Path(optical).name for _, sar, optical in negatives)
    distances = [float(line[0]) for line in negatives]
    assert distances == sorted(distances, reverse=True)  # the surest first
    assert distances[-1] > 0.01 > float(positives[-1][0])
    assert Image.open(pairs / 'm.png').size == (1020, 820)
    assert (0, 114, 178) in colours(pairs / 'm.png')


def test_matches_at_another_threshold_and_drawn_at_random(pairs, capsys):
    matches(pairs, '--threshold', '1', '--per-kind', '2', '--seed', '1')
    text = capsys.readouterr().out
    assert 'false positive: 4\n' in text
    assert 'true negative: 0\n' in text
    assert (213, 94, 0) in colours(pairs / 'm.png')  # the frames of the wrong ones
    config = load_config(pairs / 'config.py')
    judged = judge_pairs(PairMatcher(config, pairs / 'net.pth', threshold=1), config, 'test')
    first = judged.choose('true positive', 2, seed=1)
    listed = text.split('true positive: 4\n')[1].splitlines()[:2]
    assert [line.split()[1] for line in listed] == [judged.files(number)[0] for number in first]
    drawn = [tuple(judged.choose('true positive', 2, seed)) for seed in range(20)]
    assert set(map(len, drawn)) == {2}
    assert len(set(drawn)) > 3


def test_the_surest_are_farthest_from_the_threshold(pairs):
    config = load_config(pairs / 'config.py')
    judged = judge_pairs(PairMatcher(config, pairs / 'net.pth', threshold=1), config, 'test')
    first = judged.choose('false positive', 4)
    assert first == sorted(range(4, 8), key=lambda number: judged.distances[number])
    picture = judged.picture(first[0])
    assert picture.distance == judged.distances[first[0]]
    sar, _ = judged.files(first[0])
    assert np.array_equal(picture.sar, cv2.imread(sar, cv2.IMREAD_UNCHANGED))
    assert picture.optical.shape == (32, 32, 3)


def test_matches_of_wrong_input(pairs):
    with pytest.raises(ConfigError, match=r'the name must end in \.png'):
        matches(pairs, '--out', 'm.pdf')
    (pairs / 'net.pth').unlink()
    with pytest.raises(ConfigError, match=r'checkpoint .*net\.pth does not exist'):
        matches(pairs)
    torch.save({'state_dict': {'x': torch.zeros(1)}}, pairs / 'net.pth')
    with pytest.raises(CheckpointError, match='does not fit this model'):
        matches(pairs)
    write_checkpoint(pairs / 'net.pth')
    write_config(pairs)
    with pytest.raises(ConfigError, match='no val_dataloader'):
        matches(pairs, '--part', 'val')
    with pytest.raises(ConfigError, match=r'threshold=2\.0 is no distance'):
        matches(pairs, '--threshold', '2')
    with pytest.raises(ConfigError, match=r'--out .*net\.pth/m\.png cannot be written'):
        matches(pairs, '--out', str(pairs / 'net.pth/m.png'))
    assert not (pairs / 'm.png').exists()


@MODELS.register_module()
class StandInDetector(BaseModel):
    """Find the ships of the annotations from a place in the list on, and one false alarm or none.

    Both are its weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.missed = torch.nn.Parameter(torch.zeros(()))
        self.alarm = torch.nn.Parameter(torch.zeros(()))

    def forward(self, inputs, data_samples=None, mode='tensor'):
        from mmengine.structures import InstanceData

        for sample in data_samples:
            boxes = [i['bbox'] for i in sample.instances][int(self.missed) :]
            boxes += [[0.0, 0.0, 9.0, 9.0]] * int(self.alarm)
            found = InstanceData(bboxes=torch.tensor(boxes).reshape(-1, 4))
            found.scores = torch.linspace(0.9, 0.6, len(boxes))
            found.labels = torch.zeros(len(boxes), dtype=torch.long)
            sample.pred_instances = found
        return data_samples


@pytest.fixture
def detectors(tmp_path, scenes) -> tuple[Path, int]:
    """A config, checkpoints of a good and of a poor detector; number of ships."""
    lines = [
        f'_base_ = {str(DATA)!r}',
        "default_scope = 'mmdet'",
        "model = dict(type='mmengine.StandInDetector')",
        f'test_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict('
        f'data_root={str(scenes)!r}))',
    ]
    (tmp_path / 'config.py').write_text('\n'.join(lines))
    for name, missed, alarm in (('good', 0, 0), ('poor', 1, 1)):
        state = {'missed': torch.tensor(float(missed)), 'alarm': torch.tensor(float(alarm))}
        torch.save({'state_dict': state, 'meta': {}}, tmp_path / f'{name}.pth')
    content = json.loads((scenes / 'val.json').read_text())
    ships = sum(not a.get('iscrowd') for a in content['annotations'])
    return tmp_path, ships


def detections(folder: Path, *flags: str) -> None:
    out = ['--out', str(folder / 'd.png')]
    bridge_tables.main(['detections', str(folder / 'config.py'), *out, *flags])


def start(folder: Path, name: str, as_name: str | None = None) -> list[str]:
    return ['--start', f'{as_name or name}={folder / name}.pth']


def test_detections_of_two_starts(detectors, capsys):
    folder, ships = detectors
    detections(folder, *start(folder, 'good'), *start(folder, 'poor'), '--images', '2')
    text = capsys.readouterr().out
    assert f'good: {ships} hits, 0 misses, 0 false alarms on all images' in text
    assert f'poor: {ships - 2} hits, 2 misses, 2 false alarms on all images' in text
    assert text.count('drawn: ') == text.count('(difference 2)') == 2
    width, height = Image.open(folder / 'd.png').size
    assert width == round((3 * 3.2 + 0.4) * 120)
    assert height == round((2 * 3.2 + 0.2 + 1.3) * 120)
    found = colours(folder / 'd.png')
    detections(folder, *start(folder, 'good'), *start(folder, 'good', 'again'), '--images', '2')
    without = colours(folder / 'd.png')
    for hit in ((0, 158, 115), (86, 180, 233)):  # ground truth and hits
        assert found[hit] > 200
    for error in ((240, 228, 66), (213, 94, 0)):  # misses and false alarms
        assert found[error] > 20
        assert error not in without


def test_detections_chosen_at_random_and_of_one_start(detectors, capsys):
    folder, ships = detectors
    detections(folder, *start(folder, 'poor'), '--images', '1', '--score-thr', '0.95')
    text = capsys.readouterr().out
    assert f'poor: 0 hits, {ships} misses, 0 false alarms' in text
    flags = [*start(folder, 'good'), *start(folder, 'good', 'again'), '--images', '1']
    detections(folder, *flags, '--seed', '3')
    text = capsys.readouterr().out
    assert 'the starts do not differ on the images drawn' in text
    assert text.count('drawn: ') == 1


def test_detections_of_wrong_input(detectors, pairs):
    folder, _ = detectors
    for flags, message in (
        (['--start', 'good.pth'], r'--start good\.pth: give NAME=CHECKPOINT'),
        ([*start(folder, 'good'), *start(folder, 'good')], 'good is there already'),
        ([*start(folder, 'good'), '--device', 'gpu'], "device 'gpu' cannot be used"),
        (start(folder, 'gone'), r'--start gone=.*gone\.pth does not exist; there are .*good\.pth'),
        ([*start(folder, 'good'), '--out', 'd.jpg'], r'the name must end in \.png'),
    ):
        with pytest.raises(ConfigError, match=message):
            detections(folder, *flags)
    torch.save({'state_dict': {'x': torch.zeros(1)}}, folder / 'other.pth')
    with pytest.raises(CheckpointError, match='does not fit this model'):
        detections(folder, *start(folder, 'other'))
    weights = torch.load(folder / 'good.pth')
    torch.save({**weights, 'meta': {'dataset_meta': {'classes': ('car',)}}}, folder / 'car.pth')
    with pytest.raises(CheckpointError, match='trained on the classes car; the data have ship'):
        detections(folder, *start(folder, 'car'))
    with pytest.raises(ConfigError, match='not that of a detector'):
        detections(pairs, *start(pairs, 'net'))


def test_hits_misses_and_false_alarms_of_an_image():
    truth = GroundTruth(
        boxes=np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 80, 20]], float),
        labels=np.zeros(4, np.int64),
        ignored=np.array([False, True, False, False]),
        areas=np.full(4, 100.0),
    )
    boxes = [[40, 0, 50, 9], [41, 0, 50, 10], [20, 0, 29, 10], [0, 0, 10, 4.9], [60, 0, 80, 20]]
    scores = np.array([0.5, 0.9, 0.8, 0.7, 0.2])
    found = Detections(np.array(boxes, float), scores, np.zeros(5, np.int64))
    one = judge(ImageRecord('a', 1, found, truth), score_thr=0.3)
    assert one.found.tolist() == [False, True, False]
    assert one.hits.tolist() == [boxes[1]]  # the surer of two
    assert one.false_alarms.tolist() == [boxes[0], boxes[3]]
    assert one.objects[~one.found].tolist() == [[0, 0, 10, 10], [60, 0, 80, 20]]
    assert one.ignored.tolist() == [[20, 0, 30, 10]]
    other = judge(ImageRecord('a', 1, found, truth), score_thr=0.1)
    assert other.found.tolist() == [False, True, True]
    assert differences([[one], [other]]).tolist() == [1]
    assert differences([[one]]).tolist() == [4]  # two misses, two false alarms
