# A bridge network on 140 real pairs (docs/datasets/optical_sar_pairs.md)
_base_ = [
    '../_base_/models/bridge_r18-slim.py',
    '../_base_/datasets/srif_pairs.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/matching_runtime.py',
]
train_dataloader = dict(dataset=dict(dataset=dict(negatives='none')))
