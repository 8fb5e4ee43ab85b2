# Simulated ports: tools/dataset_converters/simulate_ports.py data/ports
_base_ = './detection.py'

data_root = 'data/ports/'
# 16-bit amplitude; 69.5 dB is sigma nought 0 dB, so this shows -25 dB (noise) to +10 dB.
load = dict(type='mmsar.LoadSARImage', domain_in='amplitude', channels=3)
stretch = dict(type='mmsar.StretchSAR', rule='db', low=44.5, high=79.5)

_base_.train_dataloader.dataset.dataset.pipeline[:2] = [load, stretch]
_base_.val_dataloader.dataset.pipeline[:2] = [load, stretch]
_base_.test_dataloader.dataset.pipeline[:2] = [load, stretch]
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (256, 256)
_base_.val_dataloader.dataset.pipeline[2].scale = (256, 256)
_base_.test_dataloader.dataset.pipeline[2].scale = (256, 256)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(data_root=data_root, ann_file='train.json', data_prefix=dict(img='images/'))
    )
)
val_dataloader = dict(
    dataset=dict(data_root=data_root, ann_file='val.json', data_prefix=dict(img='images/'))
)
test_dataloader = val_dataloader
