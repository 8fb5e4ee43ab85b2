_base_ = './toy_epoch.py'

default_hooks = dict(checkpoint=dict(by_epoch=False, interval=3))
log_processor = dict(by_epoch=False)
train_dataloader = dict(sampler=dict(infinite=True))
train_cfg = dict(_delete_=True, type='mmsar.IterTrainLoop', max_iters=30)
param_scheduler = dict(by_epoch=False)
