# For the weights of published SARATR-X detectors (docs/weights.md): they take two levels elsewhere,
# and saw 0..255.
_base_ = './faster-rcnn_saratrx-base_fpn_8xb2-36e_sardet100k.py'
model = dict(backbone=dict(official_merge_indices=True, official_input_range=True))
