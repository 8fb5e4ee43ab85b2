# 48 tiles of 256 x 256 from three HRSID images, real ships. Too few for an evaluation: the same
# tiles train and test, to see that a detector can learn them.
_base_ = './detection.py'

data_root = 'data/ship_hrsid_tiles/'

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            data_root=data_root,
            ann_file='annotations.json',
            data_prefix=dict(img='images/'),
        )
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root, ann_file='annotations.json', data_prefix=dict(img='images/')
    )
)
test_dataloader = val_dataloader
