# Linear probing with 5 chips a class of a small copy of MSTAR. Other draws and numbers:
# train_dataloader.dataset.dataset.seed=1 train_dataloader.dataset.dataset.shots=10
_base_ = './hivit-slim_linear_1xb25-coslr-30e_mstar-soc10.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='mmsar.FewShot',
            shots=5,
            seed=0,
            dataset={{_base_.train_dataloader.dataset.dataset}},
        )
    )
)
