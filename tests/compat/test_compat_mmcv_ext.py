"""The stand-in for ``mmcv._ext``: what it lacks says so, and a real one is never replaced."""

import os
import subprocess
import sys

import mmcv
import mmcv.ops
import pytest
import torch

from mmsar.compat.mmcv_ext import Operators
from mmsar.compat.ops import OPERATORS
from mmsar.errors import MissingOperatorError, MMSARError

lite = pytest.mark.skipif(
    not isinstance(mmcv._ext, Operators), reason='this mmcv has compiled operators'
)
BOXES = torch.tensor([[5.0, 5, 4, 4, 0.1], [6, 5, 4, 4, 0.2]])


@lite
@pytest.mark.parametrize(
    ('name', 'call'),
    [
        ('nms_rotated', lambda: mmcv.ops.nms_rotated(BOXES, BOXES[:, 4], 0.5)),
        ('box_iou_rotated', lambda: mmcv.ops.box_iou_rotated(BOXES, BOXES)),
        ('nms_match', lambda: mmcv.ops.nms_match(BOXES, 0.5)),
    ],
)
def test_a_missing_operator_names_itself_and_the_fix(name, call):
    with pytest.raises(MissingOperatorError) as caught:
        call()
    message = str(caught.value)
    assert f"'{name}'" in message
    assert 'pip install --no-deps mmcv==' in message
    assert '\n' not in message


def test_a_missing_operator_is_an_error_of_mmsar_and_not_implemented():
    assert issubclass(MissingOperatorError, MMSARError)
    assert issubclass(MissingOperatorError, NotImplementedError)


@lite
def test_every_substitute_is_what_mmcv_calls():
    assert {name: getattr(mmcv._ext, name) for name in OPERATORS} == OPERATORS
    assert sys.modules['mmcv.ops.nms'].ext_module is mmcv._ext


@lite
def test_dunder_names_are_not_operators():
    assert not hasattr(mmcv._ext, '__file__')
    assert not hasattr(mmcv._ext, '__wrapped__')


def test_a_full_mmcv_is_left_untouched(tmp_path):
    package = tmp_path / 'mmcv'
    package.mkdir()
    (package / '__init__.py').touch()
    (package / '_ext.py').write_text("nms = 'compiled'\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get('PYTHONPATH')])])
    code = (
        'import mmsar, mmcv._ext, sys; '
        "print(mmcv._ext.__file__, mmcv._ext.nms, 'torchvision' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, '-c', code],
        env={**os.environ, 'PYTHONPATH': path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == [str(package / '_ext.py'), 'compiled', 'False']
