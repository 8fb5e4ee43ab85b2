# AIR-SARShip-2.0 with the recipe of the bridge network paper (section 4), from ImageNet weights
_base_ = [
    '../_base_/models/yolov3_d53.py',
    '../_base_/datasets/airsarship2.py',
    '../_base_/schedules/sgd_240e.py',
    '../_base_/detection_runtime.py',
]
# Scaling is the only augmentation: no flip.
_base_.train_dataloader.dataset.dataset.pipeline[3:5] = [
    dict(type='RandomResize', scale=[(320, 320), (416, 416)], keep_ratio=True)
]
_base_.val_dataloader.dataset.pipeline[2].scale = (416, 416)
_base_.test_dataloader.dataset.pipeline[2].scale = (416, 416)
# 12 images a step, with any number of processes
train_dataloader = dict(batch_size=12, num_workers=4, batch_sampler=dict(global_batch=True))
