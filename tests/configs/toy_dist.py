_base_ = './toy_iter.py'

# Ten samples a step, with one process or two.
train_dataloader = dict(batch_size=10)
train_cfg = dict(max_iters=12)
