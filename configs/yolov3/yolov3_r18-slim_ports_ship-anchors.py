# Anchors of the training ships: python tools/analysis_tools/optimize_anchors.py CONFIG
_base_ = './yolov3_r18-slim_ports.py'

model = dict(
    bbox_head=dict(
        anchor_generator=dict(
            base_sizes=[
                [(46, 31), (26, 48), (26, 26)],
                [(38, 14), (14, 37), (15, 15)],
                [(10, 23), (19, 8), (6, 16)],
            ]
        )
    )
)
