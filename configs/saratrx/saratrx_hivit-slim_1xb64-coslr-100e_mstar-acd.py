# Pre-training on a CPU, from random weights: the training parts of MSTAR (10 classes) and SAR-ACD
# (6 types of aircraft), without their labels. Of MSTAR's chips the 80 x 80 pixels in the middle are
# taken, about as many as an aircraft fills of its own.
_base_ = './saratrx_hivit-slim_1xb64-coslr-100e_own-chips.py'

data_root = 'data/'
chips = dict(type='mmsar.SARChips', data_root=data_root)
mstar_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='mmsar.CentreCropOrPad', size=80),
    *_base_.train_pipeline[2:],
]
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='ConcatDataset',
            datasets=[
                dict(**chips, folders=['mstar_soc10/train'], pipeline=mstar_pipeline),
                dict(**chips, folders=['sar_acd6/train'], pipeline=_base_.train_pipeline),
            ],
        )
    )
)
