# Faster R-CNN on SARATR-X, for SAR-AIRcraft-1.0: 72 epochs. The published rate never falls (it
# would after 81 and 99 epochs: milestones=[81, 99]); here it does after three quarters and eleven
# twelfths, as with 36 epochs.
_base_ = [
    '../_base_/models/faster-rcnn_saratrx-base_fpn.py',
    '../_base_/datasets/sar_aircraft.py',
    '../_base_/datasets/saratrx_detection.py',
    '../_base_/schedules/adamw_36e.py',
    '../_base_/detection_runtime.py',
]
_base_.train_dataloader.dataset.dataset.pipeline[3] = _base_.saratrx_resize
_base_.val_dataloader.dataset.pipeline[2].scale = (1333, 800)
_base_.test_dataloader.dataset.pipeline[2].scale = (1333, 800)
# 16 images a step, with any number of processes
train_dataloader = dict(batch_size=16, num_workers=4, batch_sampler=dict(global_batch=True))
model = dict(backbone=dict(drop_path_rate=0.2), roi_head=dict(bbox_head=dict(num_classes=7)))
train_cfg = dict(max_epochs=72)
_base_.param_scheduler[1].update(end=72, milestones=[54, 66])
param_scheduler = _base_.param_scheduler
