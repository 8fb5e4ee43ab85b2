_base_ = [
    '../_base_/models/yolov3_r18-slim.py',
    '../_base_/datasets/ports.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
