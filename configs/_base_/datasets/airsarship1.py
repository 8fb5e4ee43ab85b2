# AIR-SARShip-1.0 (docs/datasets/air_sarship_1.md), 16-bit scenes, as tiles of 512 x 512:
# python tools/dataset_converters/air_sarship.py data/AIR-SARShip-1.0
_base_ = './detection.py'

data_root = 'data/AIR-SARShip-1.0/tiles/'
# The paper does not say how 16 bits become the network's range. The percentiles are the scene's.
stretch = dict(type='mmsar.StretchSAR', rule='percentile', low=1, high=99.5)
_base_.train_dataloader.dataset.dataset.pipeline[1] = stretch
_base_.val_dataloader.dataset.pipeline[1] = stretch
_base_.test_dataloader.dataset.pipeline[1] = stretch

train_dataloader = dict(
    dataset=dict(
        dataset=dict(data_root=data_root, ann_file='train.json', data_prefix=dict(img='train/'))
    )
)
val_dataloader = dict(
    dataset=dict(data_root=data_root, ann_file='test.json', data_prefix=dict(img='test/'))
)
test_dataloader = val_dataloader
