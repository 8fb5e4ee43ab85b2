import numpy as np
import pytest

from mmsar.models.task_modules import kmeans_anchors, size_iou

KNOWN = np.array([[8, 6], [12, 30], [40, 14], [90, 80]], float)


def boxes(rng, count=200):
    return np.exp(rng.normal(3, 0.6, (count, 2)))


def test_iou_of_hand_worked_boxes():
    iou = size_iou(np.array([[4.0, 2], [1, 1]]), np.array([[2.0, 4], [4, 2]]))
    np.testing.assert_allclose(iou, [[4 / 12, 1], [1 / 8, 1 / 8]])


def test_known_clusters_come_back_exactly():
    sizes = np.repeat(KNOWN, [30, 1, 7, 2], axis=0)
    np.random.default_rng(0).shuffle(sizes)
    np.testing.assert_array_equal(kmeans_anchors(sizes, 4), KNOWN)


def test_noisy_clusters_come_back_as_their_means():
    rng = np.random.default_rng(1)
    groups = [size * rng.uniform(0.95, 1.05, (20, 2)) for size in KNOWN]
    found = kmeans_anchors(np.concatenate(groups), 4)
    np.testing.assert_allclose(found, [group.mean(axis=0) for group in groups])


def test_large_boxes_do_not_dominate():
    # With squared distances, the spread of the large boxes would attract all anchors but one.
    rng = np.random.default_rng(2)
    sizes = np.concatenate([[[6, 4], [4, 6]] * 50, rng.uniform(200, 260, (100, 2))])
    found = kmeans_anchors(sizes, 3)
    np.testing.assert_allclose(found[:2][np.argsort(found[:2, 0])], [[4, 6], [6, 4]])


def test_it_repeats_and_restarts_help():
    sizes = boxes(np.random.default_rng(3))
    np.testing.assert_array_equal(kmeans_anchors(sizes, 9, 5), kmeans_anchors(sizes, 9, 5))
    one, ten = (
        [
            size_iou(sizes, kmeans_anchors(sizes, 9, seed, restarts=n)).max(axis=1).mean()
            for seed in range(4)
        ]
        for n in (1, 10)
    )
    assert all(np.greater_equal(ten, one))
    assert any(np.greater(ten, one))


def test_it_is_as_good_as_a_plain_loop():
    """Lloyd's algorithm, written plainly, from the same number of random starts."""
    rng = np.random.default_rng(4)
    sizes = boxes(rng, 60)

    def iou(a, b):
        overlap = min(a[0], b[0]) * min(a[1], b[1])
        return overlap / (a[0] * a[1] + b[0] * b[1] - overlap)

    best = 0.0
    for _ in range(10):
        anchors = [sizes[i] for i in rng.choice(60, 3, replace=False)]
        for _ in range(20):
            nearest = [max(range(3), key=lambda k: iou(box, anchors[k])) for box in sizes]
            anchors = [
                sizes[[i for i in range(60) if nearest[i] == k]].mean(axis=0)
                if k in nearest
                else anchors[k]
                for k in range(3)
            ]
        best = max(best, np.mean([max(iou(box, a) for a in anchors) for box in sizes]))
    ours = size_iou(sizes, kmeans_anchors(sizes, 3)).max(axis=1).mean()
    assert ours >= best - 0.002


def test_too_few_sizes_are_refused():
    with pytest.raises(ValueError, match='3 anchors from boxes of 2 different sizes'):
        kmeans_anchors(np.array([[1.0, 2], [1, 2], [2, 1]]), 3)
