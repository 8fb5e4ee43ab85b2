# 4000 of the training pairs of QXS-SAROPT, as in Table 2 of the bridge network paper
_base_ = './bridge_r50_1xb20-200e_qxs-saropt.py'

train_dataloader = dict(dataset=dict(dataset=dict(train_size=4000)))
