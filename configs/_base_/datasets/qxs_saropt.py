# QXS-SAROPT (docs/datasets/qxs_saropt.md), 8-bit patches of 256 x 256: 16,000 pairs to train and
# 4,000 to test. Table 2 of the paper: train_dataloader.dataset.dataset.train_size=4000 or 8000.
_base_ = './pairs.py'

data_root = 'data/QXSLAB_SAROPT/'
protocol = '16k4k'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            type='mmsar.QXSSAROPT',
            data_root=data_root,
            split='train',
            protocol=protocol,
            train_size=None,
        )
    )
)
val_dataloader = dict(
    dataset=dict(type='mmsar.QXSSAROPT', data_root=data_root, split='test', protocol=protocol)
)
test_dataloader = val_dataloader
