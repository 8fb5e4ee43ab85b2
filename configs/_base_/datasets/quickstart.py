# Simulated ship scenes: tools/dataset_converters/simulate_scenes.py data/quickstart
_base_ = './detection.py'

data_root = 'data/quickstart/'
_base_.train_dataloader.dataset.dataset.pipeline[2].scale = (256, 256)
_base_.val_dataloader.dataset.pipeline[1].scale = (256, 256)
_base_.test_dataloader.dataset.pipeline[1].scale = (256, 256)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(data_root=data_root, ann_file='train.json', data_prefix=dict(img='images/'))
    )
)
val_dataloader = dict(
    dataset=dict(data_root=data_root, ann_file='val.json', data_prefix=dict(img='images/'))
)
test_dataloader = val_dataloader
