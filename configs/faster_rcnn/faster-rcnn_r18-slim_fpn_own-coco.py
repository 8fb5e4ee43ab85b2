# A data set of your own in COCO format: copy this file, change paths and classes.
_base_ = [
    '../_base_/models/faster-rcnn_r18-slim_fpn.py',
    '../_base_/datasets/detection.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
data_root = 'data/my_scenes/'
classes = ('ship', 'harbor')
dataset = dict(
    data_root=data_root,
    data_prefix=dict(img='images/'),
    metainfo=dict(classes=classes),
)
train_dataloader = dict(dataset=dict(dataset=dict(**dataset, ann_file='train.json')))
val_dataloader = dict(dataset=dict(**dataset, ann_file='val.json'))
test_dataloader = val_dataloader
model = dict(roi_head=dict(bbox_head=dict(num_classes=len(classes))))
