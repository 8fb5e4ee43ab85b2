# The paper: 200 epochs, batch 12, Adam, initial learning rate 1e-4. It does not say how the rate
# falls: constant for the first half, then to nothing, as published for all four. The first half
# ends and the second goes on past the last epoch so that the rates are those of the published
# LambdaLR: 1 - k / 101 in epoch 100 + k.
max_epochs = 200
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs)
adam = dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.5, 0.999)))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1.0,
        end_factor=0.0,
        by_epoch=True,
        begin=max_epochs // 2 - 1,
        end=max_epochs + 1,
    )
]
