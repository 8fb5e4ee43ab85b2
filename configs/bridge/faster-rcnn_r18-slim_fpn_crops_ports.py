# The detector with which starts are compared (tools/analysis_tools/compare_initialisation.py):
# crops of a quarter of a port, two at a time: 640 steps take some two and a half minutes on a core.
_base_ = '../quickstart/faster-rcnn_r18-slim_fpn_ports.py'

_base_.train_dataloader.dataset.dataset.pipeline[3:5] = [
    dict(type='RandomCrop', crop_size=(128, 128), allow_negative_crop=True),
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
]
train_dataloader = dict(batch_size=2)
model = dict(train_cfg=dict(rcnn=dict(sampler=dict(num=64))))
optim_wrapper = dict(optimizer=dict(fused=True))
