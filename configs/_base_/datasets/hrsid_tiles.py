# 48 tiles of 256 x 256 from three HRSID images, real ships. Too few for an evaluation: the same
# tiles train and test, to see that a detector can learn them.
_base_ = './detection.py'

data_root = 'data/ship_hrsid_tiles/'
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (320, 320)
_base_.val_dataloader.dataset.pipeline[2].scale = (320, 320)
_base_.test_dataloader.dataset.pipeline[2].scale = (320, 320)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            data_root=data_root,
            ann_file='annotations.json',
            data_prefix=dict(img='images/'),
            filter_cfg=None,  # tiles without ships too
        )
    )
)
val_dataloader = dict(
    dataset=dict(data_root=data_root, ann_file='annotations.json', data_prefix=dict(img='images/'))
)
test_dataloader = val_dataloader
