_base_ = './faster-rcnn_r18-slim-fusion-concat_fpn_ports.py'

model = dict(backbone=dict(fusion='sum'))
