import pytest
import torch
from toy_runs import run

from mmsar.apis.explain import explain, run_tool
from mmsar.errors import ConfigError, DataError, MMSARError


def error_of(function, *args, **kwargs) -> Exception:
    with pytest.raises(Exception) as info:  # noqa: PT011
        function(*args, **kwargs)
    return info.value


def test_misspelt_type_names_near_ones_and_the_causes(tmp_path):
    error = error_of(run, 'toy_epoch', tmp_path, model={'type': 'ToyModle'})
    message = explain(error)
    assert "there is no model named 'ToyModle' in mmengine" in message
    assert 'Did you mean ToyModel' in message
    assert 'custom_imports' in message


def test_type_of_another_scope_is_found_there(tmp_path):
    dataset = {'dataset': {'type': 'CocoDetection', '_delete_': True}}
    message = explain(error_of(run, 'toy_epoch', tmp_path, train_dataloader={'dataset': dataset}))
    assert "type='mmsar.CocoDetection'" in message


def test_unknown_argument_names_near_ones(tmp_path):
    message = explain(error_of(run, 'toy_epoch', tmp_path, model={'dealy': 1}))
    assert message == "ToyModel takes no argument 'dealy'; did you mean delay? Check the config"


@pytest.mark.parametrize('kind', [DataError, ConfigError])
def test_error_of_a_worker_is_reported_without_its_traceback(tmp_path, monkeypatch, kind):
    def broken(self, idx):
        try:
            raise ValueError('inner')
        except ValueError as error:
            raise kind('image x.png is truncated;\n  copy it again') from error

    monkeypatch.setattr('toy.ToyDataset.prepare_data', broken)
    for workers in (0, 1):
        error = error_of(run, 'toy_epoch', tmp_path, train_dataloader={'num_workers': workers})
        assert explain(error) == 'image x.png is truncated;\n  copy it again'


def test_other_errors_are_bugs():
    assert explain(ValueError('inner')) is None
    assert explain(TypeError('unsupported operand')) is None
    assert explain(KeyError('x')) is None


def test_settings_that_mmengine_asserts(tmp_path):
    schedule = [{'type': 'LinearLR', 'start_factor': 0.1, 'end': 1, 'convert_to_iter_based': True}]
    few = {
        'train_dataloader': {'batch_size': 500, 'batch_sampler': {'drop_last': True}},
        'param_scheduler': schedule,
    }
    assert 'lower train_dataloader.batch_size' in explain(
        error_of(run, 'toy_epoch', tmp_path, **few)
    )
    if not torch.cuda.is_available():
        mixed = {'optim_wrapper': {'type': 'AmpOptimWrapper'}}
        message = explain(error_of(run, 'toy_epoch', tmp_path, **mixed))
        assert 'set optim_wrapper.type=OptimWrapper' in message


def test_memory_error_says_what_to_lower():
    error = torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2 GiB.\nmore')
    assert explain(error).endswith('Lower train_dataloader.batch_size or the image size')


def test_tool_ends_with_one_message():
    def fails(argv):
        raise MMSARError('data_root is missing')

    with pytest.raises(SystemExit, match=r'^\nerror: data_root is missing$'):
        run_tool(fails)

    def bug(argv):
        raise ValueError('inner')

    with pytest.raises(ValueError, match='inner'):
        run_tool(bug)
