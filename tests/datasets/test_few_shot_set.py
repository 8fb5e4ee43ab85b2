"""A few chips of a data set."""

import pytest
from mmengine.registry import DATASETS
from toy_chip_sets import write_acd

from mmsar.datasets import FewShot
from mmsar.datasets.recognition.few_shot import draw_shots
from mmsar.errors import ConfigError, DataError


def test_chips_are_those_of_the_draw(tmp_path):
    write_acd(tmp_path, 5)
    inner = dict(type='mmsar.SARACD', data_root=str(tmp_path), split='all', pipeline=[])
    whole = DATASETS.build(inner)
    infos = [whole.get_data_info(place) for place in range(len(whole))]
    for seed in (0, 1):
        few = FewShot(inner, shots=3, seed=seed, repeat=2)
        labels, groups = [i['gt_label'] for i in infos], [i['group'] for i in infos]
        places = draw_shots(labels, groups, 3, seed)
        found = [few.get_data_info(place)['img_path'] for place in range(len(few))]
        assert found == [infos[place]['img_path'] for place in places] * 2
        assert few[18]['img_path'] == few[0]['img_path'] == found[0]
        assert few.get_cat_ids(0) == [labels[places[0]]]
        assert few.metainfo['classes'] == whole.metainfo['classes']
    infos[0].pop('group')  # one chip of which no view is known: the others keep their groups
    whole.get_data_info = infos.__getitem__
    few = FewShot(whole, shots=4)
    found = [few.get_data_info(place) for place in range(len(few))]
    assert len({info.get('group') for info in found}) == 24
    with pytest.raises(DataError, match='5 groups of views, fewer than 6 shots'):
        FewShot(inner, shots=6)
    with pytest.raises(ConfigError, match='repeat=0'):
        FewShot(inner, shots=1, repeat=0)
