# MSTAR composites: real vehicle chips pasted onto real clutter scenes, 48 images of 491 x 594.
# Every fourth scene is for validation. Backgrounds repeat between the two parts.
_base_ = './detection.py'

data_root = 'data/mstar_scene_det/'
num_scenes = 48
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (352, 352)
_base_.val_dataloader.dataset.pipeline[2].scale = (352, 352)
_base_.test_dataloader.dataset.pipeline[2].scale = (352, 352)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            data_root=data_root,
            ann_file='annotations.json',
            data_prefix=dict(img='images/'),
            single_class='vehicle',
            # All scenes: `indices` below count them.
            filter_cfg=None,
            indices=[i for i in range(num_scenes) if i % 4],
        )
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations.json',
        data_prefix=dict(img='images/'),
        single_class='vehicle',
        indices=list(range(0, num_scenes, 4)),
    )
)
test_dataloader = val_dataloader
