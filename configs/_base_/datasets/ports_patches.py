# Patches of simulated ports, with a ship or without:
# tools/dataset_converters/label_patches.py data/ports data/ports_patches
data_root = 'data/ports_patches/'
load = [
    dict(type='mmsar.LoadSARImage', key='sar', domain_in='amplitude', channels=3),
    # 16-bit amplitude; 69.5 dB is sigma nought 0 dB, so this shows -25 dB (noise) to +10 dB.
    dict(type='mmsar.StretchSAR', key='sar', rule='db', low=44.5, high=79.5),
    dict(type='mmsar.LoadSARImage', key='optical', channels=3),
    dict(type='mmsar.StretchSAR', key='optical', rule='8bit'),
]
pack = [dict(type='mmsar.StackViews', keys=('sar', 'optical')), dict(type='PackInputs')]
dataset = dict(
    type='mmsar.LabelledPairs',
    data_root=data_root,
    ann_file='pairs.csv',
    metainfo=dict(classes=('no ship', 'ship')),
)
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler'),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(**dataset, part='train', pipeline=[*load, dict(type='mmsar.PairFlip'), *pack]),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, part='val', test_mode=True, pipeline=[*load, *pack]),
)
test_dataloader = val_dataloader

# Most patches have no ship: the mean over the classes tells more than the accuracy.
val_evaluator = [
    dict(type='Accuracy', topk=(1,)),
    dict(type='SingleLabelMetric', items=('precision', 'recall', 'f1-score')),
]
test_evaluator = val_evaluator
