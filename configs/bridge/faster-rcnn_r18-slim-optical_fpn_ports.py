# The quickstart's detector on the optical views of the same scenes: both views are aligned, so the
# boxes are the same. From the optical branch of a bridge network, published with
# publish_backbone.py:
# --cfg-options model.backbone.init_cfg._delete_=True model.backbone.init_cfg.type=Pretrained
#     model.backbone.init_cfg.checkpoint=OPTICAL.pth
_base_ = '../quickstart/faster-rcnn_r18-slim_fpn_ports.py'

colour = [
    dict(type='mmsar.LoadSARImage', channels=3),
    dict(type='mmsar.StretchSAR', rule='8bit'),
]
_base_.train_dataloader.dataset.dataset.pipeline[:2] = colour
_base_.val_dataloader.dataset.pipeline[:2] = colour
_base_.test_dataloader.dataset.pipeline[:2] = colour

data_prefix = dict(img='optical/')
train_dataloader = dict(dataset=dict(dataset=dict(data_prefix=data_prefix)))
val_dataloader = dict(dataset=dict(data_prefix=data_prefix))
test_dataloader = val_dataloader
