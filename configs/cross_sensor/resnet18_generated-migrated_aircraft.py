# Both stages before a training, from one config: chips of the old sensor are generated, migrated to
# the new one, and a classifier learns from them and from the few chips that there are.
# Stage 1 is that of sd3-mini-lora_64_aircraft.py, stage 2 of any config of migration; with real
# weights name sd3.5-medium-lora_512_aircraft.py and attention-distillation_sd15_512.py here.
_base_ = ['../_base_/datasets/aircraft.py', '../_base_/classification_runtime.py']

# data/aircraft/sar2 in two folders: sar2_train to train with and to take references from, sar2_test
# to test on.
train, test = 'sar2_train', 'sar2_test'
train_dataloader = dict(batch_size=32, dataset=dict(dataset=dict(folders=[train])))
val_dataloader = dict(dataset=dict(folders=[test]))
test_dataloader = val_dataloader
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=18, in_channels=1, num_stages=4, out_indices=(3,)),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=7,
        in_channels=512,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1,),
    ),
)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=40, val_interval=10)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05))
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=40)]
custom_hooks = [
    dict(
        type='mmsar.MigrationHook',
        generation=dict(
            type='mmsar.GenerationJob',
            config='configs/cross_sensor/sd3-mini-lora_64_aircraft.py',
            checkpoint='work_dirs/sd3-mini-lora_64_aircraft',
            options={'test_cfg.number': 187},  # the paper: 189 of F-15 and F-16
        ),
        config='configs/cross_sensor/attention-distillation_sd15_512.py',
        options={
            # Amplitude, proportional: sigma nought up to 12 dB.
            'test_cfg.stretch': dict(rule='fixed', low=0, high=4000),
            'test_cfg.styles.same_class': True,
        },
        content='work_dirs/aircraft_generated',
        style=f'{_base_.data_root}{train}',
        out='work_dirs/aircraft_migrated',
        dataset=dict(type='mmsar.SARChips', labelled=True),
    )
]
