# adamw_from-scratch.py for a transformer: layers of the backbone learn slower towards the image.
_base_ = './adamw_from-scratch.py'

optim_wrapper = dict(
    constructor='mmsar.LayerDecayConstructor',
    paramwise_cfg=dict(
        layer_decay_rate=0.9,
        norm_decay_mult=0.0,
        bias_decay_mult=0.0,
        flat_decay_mult=0.0,
        custom_keys=dict(absolute_pos_embed=dict(decay_mult=0.0)),
    ),
)
