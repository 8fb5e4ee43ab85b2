# The published recipe on one GPU: 256 chips a step at the same rate a chip, bfloat16 where it does
# not touch the target. compile=True on the command line compiles the model.
_base_ = './saratrx_hivit-base_8xb100-coslr-800e_sar186k.py'

train_dataloader = dict(batch_size=256)
optim_wrapper = dict(
    type='AmpOptimWrapper', dtype='bfloat16', optimizer=dict(lr=1.5e-4, fused=True)
)
auto_scale_lr = dict(base_batch_size=256)
