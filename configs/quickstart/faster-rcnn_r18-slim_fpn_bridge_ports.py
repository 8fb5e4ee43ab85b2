# Second step of the quickstart: a ship detector that starts from the SAR branch of the first
_base_ = './faster-rcnn_r18-slim_fpn_ports.py'

model = dict(
    backbone=dict(
        init_cfg=dict(
            _delete_=True, type='Pretrained', checkpoint='work_dirs/quickstart/bridge_sar.pth'
        )
    )
)
max_epochs = 14
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
