# AIR-SARShip-1.0 with the recipe of the bridge network paper (section 4), from ImageNet weights
_base_ = [
    '../_base_/models/faster-rcnn_r50_fpn.py',
    '../_base_/datasets/airsarship1.py',
    '../_base_/schedules/sgd_14e.py',
    '../_base_/detection_runtime.py',
]
# 8 images a step, with any number of processes
train_dataloader = dict(batch_size=8, num_workers=4, batch_sampler=dict(global_batch=True))
