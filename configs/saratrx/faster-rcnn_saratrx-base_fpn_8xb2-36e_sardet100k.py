# Faster R-CNN on SARATR-X, for SARDet-100K. The backbone starts from random weights here; from a
# pre-trained one with model.backbone.init_cfg.
_base_ = [
    '../_base_/models/faster-rcnn_saratrx-base_fpn.py',
    '../_base_/datasets/sardet100k.py',
    '../_base_/schedules/adamw_36e.py',
    '../_base_/detection_runtime.py',
]
model = dict(roi_head=dict(bbox_head=dict(num_classes=6)))
# 16 images a step, with any number of processes
train_dataloader = dict(batch_size=16, num_workers=4, batch_sampler=dict(global_batch=True))
