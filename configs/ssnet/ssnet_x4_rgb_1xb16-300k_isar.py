# SSNet for images of three channels, as the published weights are: convert them with
# tools/model_converters/ssnet.py. What the authors' images held is not known.
_base_ = './ssnet_x4_1xb16-300k_isar.py'

model = dict(generator=dict(in_channels=3, out_channels=3))
_base_.train_dataloader.dataset.dataset.pipeline[0].channels = 3
_base_.val_dataloader.dataset.pipeline[0].channels = 3
train_dataloader = _base_.train_dataloader
val_dataloader = _base_.val_dataloader
test_dataloader = val_dataloader
