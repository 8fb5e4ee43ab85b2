_base_ = [
    '../_base_/models/faster-rcnn_r18-slim_fpn.py',
    '../_base_/datasets/mstar_scene.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
