# A Faster R-CNN on HiViT-tiny for two CPU cores: levels of strides 8, 16 and 32, and the rest of
# faster-rcnn_r18-slim_fpn.py.
_base_ = './faster-rcnn_r18-slim_fpn.py'

model = dict(
    data_preprocessor=dict(mean=[0.0] * 3, std=[255.0] * 3),  # to 0..1, as in pre-training
    backbone=dict(
        _delete_=True,
        type='mmsar.HiViT',
        arch='tiny',
        img_size=128,
        out_indices=(1, 2, 3),
        out_norm=True,
        window_size=8,
        global_blocks=(4, 9),
    ),
    neck=dict(in_channels=[192, 384, 384]),
)
