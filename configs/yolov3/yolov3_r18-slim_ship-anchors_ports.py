# Anchors of the training ships, by k-means: python tools/analysis_tools/optimize_anchors.py CONFIG
# They are all small. On the usual grids of 32, 16 and 8 pixels two thirds of the ships would fall
# to grids too coarse for them (measured: worse than with COCO's anchors); hence 16, 8 and 4.
_base_ = './yolov3_r18-slim_ports.py'

strides = [16, 8, 4]
model = dict(
    backbone=dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(0, 1, 2)),
    neck=dict(in_channels=[256, 128, 64], out_channels=[128, 64, 32]),
    bbox_head=dict(
        in_channels=[128, 64, 32],
        out_channels=[128, 64, 32],
        anchor_generator=dict(
            base_sizes=[
                [(46, 31), (26, 48), (26, 26)],
                [(38, 14), (14, 37), (15, 15)],
                [(10, 23), (19, 8), (6, 16)],
            ],
            strides=strides,
        ),
        featmap_strides=strides,
    ),
)
