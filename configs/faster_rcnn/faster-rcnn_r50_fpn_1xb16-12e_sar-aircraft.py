# SAR-AIRcraft-1.0 with mmdet's schedule 1x, from ImageNet weights
_base_ = [
    '../_base_/models/faster-rcnn_r50_fpn.py',
    '../_base_/datasets/sar_aircraft.py',
    '../_base_/schedules/sgd_12e.py',
    '../_base_/detection_runtime.py',
]
model = dict(roi_head=dict(bbox_head=dict(num_classes=7)))
# 16 images a step, with any number of processes
train_dataloader = dict(batch_size=16, num_workers=4, batch_sampler=dict(global_batch=True))
