# AIR-SARShip-2.0 (docs/datasets/air_sarship_2.md), 16-bit images of 1000 x 1000, as tiles of 512:
# python tools/dataset_converters/air_sarship.py data/AIR-SARShip-2.0
_base_ = './airsarship1.py'

data_root = 'data/AIR-SARShip-2.0/tiles/'
train_dataloader = dict(dataset=dict(dataset=dict(data_root=data_root)))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
