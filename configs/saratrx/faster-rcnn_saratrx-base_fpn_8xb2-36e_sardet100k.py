# Faster R-CNN on SARATR-X, for SARDet-100K.
_base_ = [
    '../_base_/models/faster-rcnn_saratrx-base_fpn.py',
    '../_base_/datasets/sardet100k.py',
    '../_base_/datasets/saratrx_detection.py',
    '../_base_/schedules/adamw_36e.py',
    '../_base_/detection_runtime.py',
]
_base_.train_dataloader.dataset.dataset.pipeline[3] = _base_.saratrx_resize
_base_.val_dataloader.dataset.pipeline[2].scale = (1333, 800)
_base_.test_dataloader.dataset.pipeline[2].scale = (1333, 800)
# 16 images a step, with any number of processes
train_dataloader = dict(batch_size=16, num_workers=4, batch_sampler=dict(global_batch=True))
model = dict(roi_head=dict(bbox_head=dict(num_classes=6)))
