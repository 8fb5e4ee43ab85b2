# The head of the published code, for its weights: tools/model_converters/bridge.py
_base_ = [
    '../_base_/models/bridge_r50.py',
    '../_base_/schedules/sgd_200e.py',
    '../_base_/default_runtime.py',
]
default_scope = 'mmsar'
model = dict(
    sar_branch=dict(head=dict(official=True)),
    optical_branch=dict(head=dict(official=True)),
)
# 20 pairs a step, with any number of processes
train_dataloader = dict(batch_size=20, num_workers=4, batch_sampler=dict(global_batch=True))
