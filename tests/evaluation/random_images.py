"""Random predictions and annotations, and samples as a model returns them."""

import numpy as np
import torch


def random_samples(seed: int, count: int = 30, classes: int = 3, **extra) -> list[dict]:
    """Return samples with objects of all sizes, ignored ones, empty images and silent ones.

    Every third prediction is an object moved a little, others a wrong class or nothing. All scores
    differ. Every seventh image has no object, every fifth no prediction.
    """
    rng = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        objects = 0 if number % 7 == 6 else rng.integers(1, 9)
        low = rng.uniform(0, 500, (objects, 2))
        size = np.exp(rng.uniform(np.log(8), np.log(200), (objects, 2)))
        boxes = np.concatenate([low, low + size], 1)
        labels = rng.integers(0, classes, objects)
        instances = [
            {
                'bbox': box.tolist(),
                'bbox_label': int(label),
                'ignore_flag': int(rng.random() < 0.2),
                # A segmented object fills part of its box; some annotations have no area.
                **({'area': float(0.6 * np.prod(box[2:] - box[:2]))} if rng.random() < 0.7 else {}),
            }
            for box, label in zip(boxes, labels, strict=True)
        ]
        found = 0 if number % 5 == 4 else rng.integers(1, 25)
        low = rng.uniform(0, 500, (found, 2))
        shown = np.concatenate([low, low + rng.uniform(8, 150, (found, 2))], 1)
        classes_shown = rng.integers(0, classes, found)
        scores = rng.uniform(0, 0.7, found)
        for k in range(found if objects else 0):
            if k % 3:
                owner = rng.integers(objects)
                shown[k] = boxes[owner] + rng.normal(0, 0.06, 4) * np.tile(size[owner], 2)
                if k % 3 == 1:
                    classes_shown[k] = labels[owner]
                    scores[k] += 0.3
        samples.append(
            {
                'img_id': 100 - number,
                'img_path': f'{number}.png',
                'ori_shape': (700, 700),
                'instances': instances,
                'pred_instances': {
                    'bboxes': torch.tensor(shown, dtype=torch.float32).reshape(-1, 4),
                    'scores': torch.tensor(scores, dtype=torch.float32),
                    'labels': torch.tensor(classes_shown, dtype=torch.int64),
                },
                **extra,
            }
        )
    return samples


def sample(objects=(), found=(), **fields) -> dict:
    """Return a sample of 100 x 200 pixels.

    Args:
        objects: (x1, y1, x2, y2) or (x1, y1, x2, y2, dict of further fields).
        found: (x1, y1, x2, y2, score) or (x1, y1, x2, y2, score, label).
        **fields: Further fields.
    """
    return {
        'img_path': 'a.png',
        'ori_shape': (100, 200),
        'instances': [
            {
                'bbox': list(item[:4]),
                'bbox_label': 0,
                'ignore_flag': 0,
                **(item[4] if len(item) > 4 else {}),
            }
            for item in objects
        ],
        'pred_instances': {
            'bboxes': torch.tensor([item[:4] for item in found]).reshape(-1, 4),
            'scores': torch.tensor([float(item[4]) for item in found]),
            'labels': torch.tensor([item[5] if len(item) > 5 else 0 for item in found]).long(),
        },
        **fields,
    }
