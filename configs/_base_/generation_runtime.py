# Training of a generator from prompts, and generation with it: no host toolbox.
_base_ = './default_runtime.py'

default_scope = 'mmsar'
visualizer = dict(type='Visualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')])
custom_hooks = [
    # Prompts are embedded once, then the text encoders make room.
    dict(type='mmsar.PromptCacheHook'),
    # work_dir/adapters/epoch_N/pytorch_lora_weights.safetensors
    dict(type='mmsar.SaveAdaptersHook', interval=10),
    dict(type='mmsar.DrawSamplesHook', interval=10, number=2),
]
# tools/generate.py makes what test_cfg says; tools/test.py wants its folder there: out.
test_dataloader = dict()
test_evaluator = dict()
