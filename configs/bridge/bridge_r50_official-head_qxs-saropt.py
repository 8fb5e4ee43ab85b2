# The head of the published code, for its weights: tools/model_converters/bridge.py
_base_ = './bridge_r50_1xb20-200e_qxs-saropt.py'

model = dict(
    sar_branch=dict(head=dict(official=True)),
    optical_branch=dict(head=dict(official=True)),
)
