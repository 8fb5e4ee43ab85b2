_base_ = './faster-rcnn_r18-slim-fusion-concat_fpn_ports.py'

model = dict(backbone=dict(fusion='cross_attention', attention=dict(embed=64, heads=4, window=8)))
