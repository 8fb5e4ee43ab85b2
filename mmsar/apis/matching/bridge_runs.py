"""What a tested bridge network is: its backbone, its training set, and what it was tested on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmsar.apis.config import load_config
from mmsar.apis.results.records import Record
from mmsar.apis.stored_config import read_stored_config
from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.datasets.pairs.qxs_saropt import QXSSAROPT, qxs_members
from mmsar.errors import DataError, MMSARError

_METRIC = 'matching/accuracy'
# Settings that seeds of one run share
_RECIPE = ('model', 'train_cfg', 'optim_wrapper', 'param_scheduler')


@dataclass(frozen=True, eq=False)
class BridgeRun:
    """A tested bridge network.

    Attributes:
        record: Its figures.
        backbone: Of both branches, such as ``ResNet-50``.
        data_set: That it was tested on.
        pairs: Number of pairs that it was trained on; None where the data are not there to count.
        whole: Whether these are all that the data set trains on.
        recipe: Settings of the training, to tell another recipe from another seed.
    """

    record: Record
    backbone: str
    data_set: str
    pairs: int | None
    whole: bool
    recipe: dict[str, Any]


def read_run(record: Record) -> BridgeRun:
    """Read the configs of a tested network.

    The config of the training is that which the checkpoint keeps; without the checkpoint, the one
    in the work folder, or else the config file that was tested with. That of the test is the one
    that ``tools/test.py`` leaves in the work folder, or else the file.

    Raises:
        DataError: It is no bridge network, or its config is nowhere to be found.
    """
    if _METRIC not in record.content['metrics']:
        raise DataError(
            f'{record.path} is of {record.stem}, no bridge network: it has no {_METRIC} '
            '(mmsar.MatchingMetric); leave its work folder out'
        )
    trained = _config(record, record.stem, of_training=True)
    tested = _config(record, f'test_{record.stem}', of_training=False)
    model = trained.get('model') or {}
    branches: list[Any] = [model.get(f'{view}_branch') for view in ('sar', 'optical')]
    if not all(branches):
        raise DataError(f'{record.path} is of a model without sar_branch and optical_branch')
    names = [backbone_name(branch['backbone']) for branch in branches]
    loader = trained.get('train_dataloader') or {}
    pairs, whole = count_pairs(loader.get('dataset') or {}, trained)
    return BridgeRun(
        record,
        names[0] if names[0] == names[1] else f'{names[0]} (SAR), {names[1]} (optical)',
        _data_set((tested.get('test_dataloader') or {}).get('dataset') or {}, record),
        pairs,
        whole,
        {**{key: trained.get(key) for key in _RECIPE}, 'batch_size': loader.get('batch_size')},
    )


def backbone_name(backbone: dict[str, Any]) -> str:
    """Return type and depth: ``ResNet-50``."""
    name = str(backbone.get('type', 'unknown')).rpartition('.')[2]
    return f'{name}-{backbone["depth"]}' if 'depth' in backbone else name


def count_pairs(data: dict[str, Any], config: dict[str, Any]) -> tuple[int | None, bool]:
    """Return the number of pairs of a training set, and whether it is the whole one.

    Those of QXS-SAROPT follow from the config; others are counted where they are.

    Args:
        data: ``train_dataloader.dataset``, wrapped or not.
        config: All of it.
    """
    data = _innermost(data)
    if not data:
        return None, True
    if _is_qxs(data) and data.get('indices') is None:
        protocol, size = data.get('protocol', '16k4k'), data.get('train_size')
        pairs = len(qxs_members('train', protocol, size, data.get('val_size', 0)))
        return pairs, size is None or size == len(qxs_members('train', protocol))
    from mmengine.registry import DATASETS, init_default_scope

    init_default_scope(config.get('default_scope', 'mmsar'))
    whole = data.get('indices') is None
    try:
        built: Any = DATASETS.build({**data, 'pipeline': []})
    except (MMSARError, OSError, KeyError):
        return None, whole
    return getattr(built, 'num_pairs', len(built)), whole


def _config(record: Record, name: str, of_training: bool) -> dict[str, Any]:
    """Return the settings of the training or of the test, from the best source there is."""
    checkpoint = Path(str(record.content.get('checkpoint', '')))
    if of_training and checkpoint.is_file():
        text = (load_file(checkpoint, 'cpu').get('meta') or {}).get('cfg')
        # The converter of published weights keeps only the model.
        if isinstance(text, str) and 'train_dataloader' in text:
            return read_stored_config(text, str(checkpoint))
    beside = record.path.parent / f'{name}.py'
    if beside.is_file():
        return read_stored_config(beside.read_text(encoding='utf-8'), str(beside))
    path = Path(record.content['config'])
    root = Path(__file__).parents[3]  # paths in the record are relative to the repository
    for place in (path, root / path):
        if place.is_file():
            config: Config = load_config(place)
            return config.to_dict()
    raise DataError(
        f'{record.path}: cannot tell what was tested: there is neither {beside.name} beside it nor '
        f'{path}; run this where the config is, or test again'
    )


def _data_set(data: dict[str, Any], record: Record) -> str:
    data = _innermost(data)
    if not _is_qxs(data):
        return record.data_set
    protocol = data.get('protocol', '16k4k')
    return QXSSAROPT.name if protocol == '16k4k' else f'{QXSSAROPT.name} ({protocol})'


def _innermost(data: dict[str, Any]) -> dict[str, Any]:
    while isinstance(data.get('dataset'), dict):
        data = data['dataset']
    return data


def _is_qxs(data: dict[str, Any]) -> bool:
    return str(data.get('type')).rpartition('.')[2] == QXSSAROPT.__name__
