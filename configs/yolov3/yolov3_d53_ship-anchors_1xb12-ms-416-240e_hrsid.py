# The recipe with anchors of ships, by k-means: of the 140 ships in the three sample images that
# HRSID's authors publish, at 416 pixels. For those of the whole training set run
# python tools/analysis_tools/optimize_anchors.py with this config.
# They are small: grids of 16, 8 and 4 pixels, without Darknet's last stage.
_base_ = './yolov3_d53_1xb12-ms-416-240e_hrsid.py'

strides = [16, 8, 4]
model = dict(
    backbone=dict(out_indices=(2, 3, 4)),
    neck=dict(in_channels=[512, 256, 128], out_channels=[256, 128, 64]),
    bbox_head=dict(
        in_channels=[256, 128, 64],
        out_channels=[512, 256, 128],
        anchor_generator=dict(
            base_sizes=[
                [(78, 103), (15, 20), (8, 25)],
                [(10, 12), (8, 9), (7, 10)],
                [(6, 8), (7, 7), (5, 8)],
            ],
            strides=strides,
        ),
        featmap_strides=strides,
    ),
)
