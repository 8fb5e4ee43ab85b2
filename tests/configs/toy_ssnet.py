_base_ = '../../configs/ssnet/ssnet-tiny_x2_1xb8-3k_isar.py'

custom_imports = dict(imports=['mmsar', 'toy'])
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(interval=3, max_keep_ckpts=1))
custom_hooks = [*_base_.custom_hooks, dict(type='DumpStateHook')]
log_processor = dict(window_size=1)
model = dict(
    generator=dict(num_groups=1),
    pixel_loss=[
        dict(type='L1Loss'),
        dict(type='mmsar.ForegroundLoss', above=0.1, loss_weight=0.5),
        dict(type='mmsar.SpectralLoss', loss_weight=0.1),
    ],
)
_base_.train_dataloader.dataset.dataset.pipeline[4].size = 16
train_dataloader = dict(batch_size=4, num_workers=0, persistent_workers=False)
val_dataloader = dict(num_workers=0, persistent_workers=False)
train_cfg = dict(max_iters=10, val_interval=5)
