# The split that the text of the bridge network paper names; its tables agree with 16,000 and 4,000
_base_ = './bridge_r50_1xb20-200e_qxs-saropt.py'

train_dataloader = dict(dataset=dict(dataset=dict(protocol='14k6k')))
val_dataloader = dict(dataset=dict(protocol='14k6k'))
test_dataloader = val_dataloader
