# SSDD on a CPU, from random weights
_base_ = [
    '../_base_/models/yolov3_r18-slim.py',
    '../_base_/datasets/ssdd.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (416, 416)
_base_.val_dataloader.dataset.pipeline[2].scale = (416, 416)
_base_.test_dataloader.dataset.pipeline[2].scale = (416, 416)
