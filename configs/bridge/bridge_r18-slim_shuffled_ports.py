# Control: optical images of other ground. What a detector gains from this start does not come from
# matching.
_base_ = './bridge_r18-slim_ports.py'

train_dataloader = dict(dataset=dict(dataset=dict(shuffle_pairs=0)))
