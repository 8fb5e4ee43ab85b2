# A data set of your own in COCO format: copy this file, change paths and classes.
_base_ = [
    '../_base_/models/faster-rcnn_r18-slim_fpn.py',
    '../_base_/datasets/detection.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
data_root = 'data/my_scenes/'
classes = ('ship', 'harbor')
# How values become the network's range: '8bit' for 8-bit files, 'percentile', 'db' or 'fixed' for
# others (docs/data_values.md).
stretch = dict(type='mmsar.StretchSAR', rule='8bit')
_base_.train_dataloader.dataset.dataset.pipeline[1] = stretch
_base_.val_dataloader.dataset.pipeline[1] = stretch
_base_.test_dataloader.dataset.pipeline[1] = stretch

dataset = dict(
    data_root=data_root,
    data_prefix=dict(img='images/'),
    metainfo=dict(classes=classes),
)
train_dataloader = dict(dataset=dict(dataset=dict(**dataset, ann_file='train.json')))
val_dataloader = dict(dataset=dict(**dataset, ann_file='val.json'))
test_dataloader = val_dataloader
model = dict(roi_head=dict(bbox_head=dict(num_classes=len(classes))))
