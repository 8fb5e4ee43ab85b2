# CA-CFAR, for tools/detect.py SCENE --config THIS --checkpoint none. There is nothing to train.
_base_ = [
    '../_base_/datasets/ports.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
# Decibels, not the range of a network
_base_.test_dataloader.dataset.pipeline[1] = dict(
    type='mmsar.StretchSAR', rule='db', low=20.0, high=100.0, out=(20.0, 100.0)
)
test_dataloader = dict(dataset=dict(metainfo=dict(classes=('ship',))))
# No Resize
_base_.test_dataloader.dataset.pipeline[2:3] = []
model = dict(type='mmsar.CFARDetector', threshold_db=5.0)
scene_tiles = dict(size=512, overlap=128)
