# Anchors of ships: of the 140 ships in the three sample images that HRSID's authors publish, at
# 416 pixels. For those of the whole training set run
# python tools/analysis_tools/optimize_anchors.py with this config.
_base_ = './yolov3_d53_1xb12-ms-416-240e_hrsid.py'

model = dict(
    bbox_head=dict(
        anchor_generator=dict(
            base_sizes=[
                [(78, 103), (15, 20), (8, 25)],
                [(10, 12), (8, 9), (7, 10)],
                [(6, 8), (7, 7), (5, 8)],
            ]
        )
    )
)
