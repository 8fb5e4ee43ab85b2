# Simulated ports as pairs: tools/dataset_converters/simulate_ports.py data/ports
# In training, a patch of 128 pixels is drawn from each scene of 256, anew in each epoch; a negative
# has the optical patch of another scene. In validation, each scene is four patches.
_base_ = './pairs.py'

data_root = 'data/ports/'
data_prefix = dict(sar='images/', optical='optical/')
# 16-bit amplitude; 69.5 dB is sigma nought 0 dB, so this shows -25 dB (noise) to +10 dB.
_base_.load[0].domain_in = 'amplitude'
_base_.load[1] = dict(type='mmsar.StretchSAR', key='sar', rule='db', low=44.5, high=79.5)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            data_root=data_root,
            data_prefix=data_prefix,
            pattern='train_*',
            pipeline=[
                *_base_.load,
                dict(type='mmsar.PairCrop', size=128),
                dict(type='mmsar.PairFlip'),
                _base_.pack,
            ],
        )
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        data_prefix=data_prefix,
        pattern='val_*',
        patch=128,
        negatives='other_scene',
        pipeline=[*_base_.load, dict(type='mmsar.PairCrop'), _base_.pack],
    )
)
test_dataloader = val_dataloader
