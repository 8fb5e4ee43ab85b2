# Linear probing as SARATR-X does it: frozen backbone, mean of the tokens, fc_norm, batch norm
# without weights, linear layer. num_classes is the data's.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='mmsar.HiViT',
        arch='base',
        img_size=224,
        frozen_stages=3,
        # tools/model_converters/saratrx.py IN OUT --part backbone; or a checkpoint of
        # tools/train.py, with prefix='backbone.'
        init_cfg=dict(type='Pretrained', checkpoint='checkpoints/saratrx_hivit-base.pth'),
    ),
    neck=dict(type='mmsar.PooledNorm', dims=512, pool='mean'),
    head=dict(
        type='mmsar.ProbeHead',
        in_channels=512,
        batch_norm=True,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1,),
    ),
)
