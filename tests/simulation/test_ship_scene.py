import numpy as np
import pytest

from mmsar.simulation import simulate_ship_scene


def test_scene_repeats_and_its_boxes_hold_the_ships():
    scenes = [simulate_ship_scene(128, np.random.default_rng(3)) for _ in range(2)]
    assert np.array_equal(scenes[0].amplitude, scenes[1].amplitude)
    scene = scenes[0]
    assert scene.amplitude.dtype == np.float32
    assert scene.amplitude.shape == (128, 128)
    assert len(scene.boxes) >= 1
    assert (scene.boxes >= 0).all()
    assert (scene.boxes <= 128).all()
    outside = np.ones((128, 128), bool)
    for x1, y1, x2, y2 in scene.boxes.astype(int):
        assert scene.amplitude[y1:y2, x1:x2].max() > 5
        outside[y1 - 3 : y2 + 3, x1 - 3 : x2 + 3] = False
    assert scene.amplitude[outside].max() < 4


def test_sea_has_the_speckle_of_its_looks():
    # Intensity of multi-look speckle times Gamma texture: 1 / ENL = 1/L + 1/v + 1/(L v), less
    # what smoothing takes off. More looks mean less variation.
    def variation(looks):
        scene = simulate_ship_scene(
            256, np.random.default_rng(0), max_ships=1, looks=looks, texture_shape=50
        )
        sea = scene.amplitude[scene.amplitude < 4] ** 2
        return sea.std() / sea.mean()

    few, many = variation(1), variation(16)
    assert few > 2 * many
    assert np.median(simulate_ship_scene(256, np.random.default_rng(0)).amplitude) == pytest.approx(
        1, abs=0.15
    )


def test_small_scene_is_refused():
    with pytest.raises(ValueError, match='at least 64'):
        simulate_ship_scene(32, np.random.default_rng(0))
