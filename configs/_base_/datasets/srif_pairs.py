# 140 real pairs from the optical-SAR images of SRIF (docs/datasets/optical_sar_pairs.md), aligned,
# 8-bit, 176 x 176. Three quarters of their scenes train.
_base_ = './pairs.py'

data_root = 'data/optical_sar_srif/'
pairs = dict(
    data_root=data_root,
    ann_file='pairs.csv',
    columns=dict(
        sar='aligned_176/sar_{pair:0>3}.png',
        optical='aligned_176/opt_{pair:0>3}.png',
        group='{scene_group}',
    ),
    share=0.75,
)
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            **pairs,
            part='train',
            pipeline=[
                *_base_.load,
                dict(type='mmsar.PairCrop', size=160),
                dict(type='mmsar.PairFlip', transpose=0.5),
                _base_.pack,
            ],
        )
    )
)
val_dataloader = dict(
    dataset=dict(
        **pairs,
        part='val',
        pipeline=[*_base_.load, dict(type='mmsar.PairCrop', size=160, random=False), _base_.pack],
    )
)
test_dataloader = val_dataloader
