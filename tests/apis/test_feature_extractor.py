"""Features and classes of chips, from Python and by the tools."""

import csv

import classify
import extract_features
import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, init_default_scope
from PIL import Image
from toy_recognition import CLASSES, write_config

from mmsar.apis import ChipClassifier, FeatureExtractor, load_config
from mmsar.errors import CheckpointError, ConfigError, DataError


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp('recognition'))


@pytest.fixture(scope='module')
def chips(config):
    return sorted((config.parent / 'data/test').glob('*/*.png'))


@pytest.fixture(scope='module')
def classifier(config):
    """A checkpoint of the whole classifier, as tools/train.py leaves it."""
    settings = load_config(config)
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    model = MODELS.build(settings.model)
    path = config.parent / 'classifier.pth'
    meta = {'dataset_meta': {'classes': CLASSES}}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, path)
    return path


class TestFeatureExtractor:
    def test_files_arrays_and_batches(self, config, chips):
        extract = FeatureExtractor(config, config.parent / 'weights.pth')
        features = extract(chips[:5], batch_size=2)
        assert features.shape == (5, 32)
        assert features.dtype == np.float32
        arrays = [np.asarray(Image.open(path)) for path in chips[:5]]
        assert np.allclose(extract(arrays), features, atol=1e-5)
        assert np.allclose(extract([arrays[3], chips[4]]), features[3:], atol=1e-5)
        assert np.abs(features[0] - features[4]).max() > 1e-3
        assert len(extract([])) == 0

    def test_sizes_are_those_of_the_pipeline(self, config, chips):
        big = np.asarray(Image.open(chips[0]).resize((50, 70)))
        extract = FeatureExtractor(config, config.parent / 'weights.pth', pool='grid', norm=True)
        features = extract([big, chips[1]])
        assert features.shape == (2, 4 * 32)
        tokens = features.reshape(2, 4, 32)
        assert np.allclose(tokens.mean(2), 0, atol=1e-5)
        assert np.allclose(tokens.var(2), 1, atol=1e-2)
        settings = load_config(config)
        steps = settings.test_dataloader.dataset.pipeline
        settings.test_dataloader.dataset.pipeline = [s for s in steps if 'Resize' not in s.type]
        mean = FeatureExtractor(settings, config.parent / 'weights.pth')
        assert mean([big, chips[1]]).shape == (2, 32)
        grid = FeatureExtractor(settings, config.parent / 'weights.pth', pool='grid')
        with pytest.raises(DataError, match='they differ in size'):
            grid([big, chips[1]])

    def test_weights_from_any_checkpoint_that_has_them(self, config, chips, classifier, tmp_path):
        bare = torch.load(config.parent / 'weights.pth')
        whole = {f'backbone.{key}': value for key, value in bare.items()}
        whole['neck.x'] = torch.ones(1)
        torch.save({'state_dict': whole, 'meta': {}}, tmp_path / 'pretraining.pth')
        expected = FeatureExtractor(config, config.parent / 'weights.pth')(chips[:2])
        found = FeatureExtractor(config, tmp_path / 'pretraining.pth')(chips[:2])
        assert np.array_equal(expected, found)
        del whole['backbone.blocks.2.norm.weight']
        torch.save({'state_dict': whole}, tmp_path / 'less.pth')
        with pytest.raises(CheckpointError, match=r'1 missing: blocks\.2\.norm\.weight'):
            FeatureExtractor(config, tmp_path / 'less.pth')
        bare['blocks.0.mlp.fc1.bias'][0] = torch.inf  # of a training that diverged
        torch.save(bare, tmp_path / 'diverged.pth')
        with pytest.raises(CheckpointError, match=r'1 not finite: blocks\.0\.mlp\.fc1\.bias'):
            FeatureExtractor(config, tmp_path / 'diverged.pth')

    def test_bad_input(self, config):
        extract = FeatureExtractor(config, config.parent / 'weights.pth')
        with pytest.raises(DataError, match='uint16 values'):
            extract([np.ones((8, 8), np.uint16)])
        with pytest.raises(DataError, match=r'shape \(8,\) is no image'):
            extract([np.ones(8)])
        settings = load_config(config)
        settings.pop('test_dataloader')
        with pytest.raises(ConfigError, match=r'no test_dataloader\.dataset\.pipeline'):
            FeatureExtractor(settings, config.parent / 'weights.pth')


def test_only_norm_and_head_of_a_probe_are_trained(config):
    init_default_scope('mmpretrain')
    model = MODELS.build(load_config(config).model).train()
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained == {
        *('neck.fc_norm.weight', 'neck.fc_norm.bias', 'head.fc.weight', 'head.fc.bias'),
    }
    assert model.head.norm.eps == 1e-6
    assert not model.head.norm.affine


def test_extract_features_writes_npz(config, chips, tmp_path, capsys):
    out = tmp_path / 'features.npz'
    folder = config.parent / 'data/test'
    weights = config.parent / 'weights.pth'
    extract_features.main([str(config), str(weights), str(folder), '--out', str(out)])
    assert '24 chips, 32 values each' in capsys.readouterr().out
    with np.load(out) as file:
        assert list(file['paths']) == [path.relative_to(folder).as_posix() for path in chips]
        expected = FeatureExtractor(config, weights)(chips)
        assert np.array_equal(file['features'], expected)
    with pytest.raises(ConfigError, match=r'the name must end in \.npz or \.parquet'):
        extract_features.main([str(config), 'x', str(folder), '--out', 'a.csv'])
    with pytest.raises(DataError, match='is not a folder'):
        extract_features.main([str(config), 'x', str(folder / 'none'), '--out', str(out)])


def test_extract_features_writes_parquet(config, tmp_path):
    pandas = pytest.importorskip('pandas')
    pytest.importorskip('pyarrow')
    out = tmp_path / 'features.parquet'
    folder, weights = config.parent / 'data/test', config.parent / 'weights.pth'
    extract_features.main([str(config), str(weights), str(folder), '--out', str(out)])
    assert len(pandas.read_parquet(out)) == 24


def test_classify(config, chips, classifier, tmp_path):
    folder = config.parent / 'data/test'
    out, shown = tmp_path / 'classes.csv', tmp_path / 'pages'
    classify.main(
        [str(config), str(classifier), str(folder), '--out', str(out), '--show-dir', str(shown)]
    )
    rows = list(csv.DictReader(out.open()))
    assert [row['path'] for row in rows] == [p.relative_to(folder).as_posix() for p in chips]
    verdicts = ChipClassifier(config, classifier)(chips)
    assert [row['class'] for row in rows] == [CLASSES[label] for label in verdicts.labels]
    for row, scores in zip(rows, verdicts.scores, strict=True):
        assert sum(float(row[name]) for name in CLASSES) == pytest.approx(1, abs=1e-5)
        assert float(row['score']) == pytest.approx(scores.max(), abs=1e-5)
    assert (shown / 'page_001.png').stat().st_size > 10000
    with pytest.raises(CheckpointError, match='does not fit this model'):
        ChipClassifier(config, config.parent / 'weights.pth')
