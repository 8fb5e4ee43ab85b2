# What every run has, whatever its task. Tasks add the scope of their host
# toolbox and a visualizer: see detection_runtime.py.
custom_imports = dict(imports=['mmsar'])

# A run follows its seed: samples (seed, epoch, index), the model (seed, iteration).
randomness = dict(seed=0)

default_hooks = dict(
    runtime_info=dict(type='RuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='mmsar.AtomicCheckpointHook', interval=1, max_keep_ckpts=3),
    seed=dict(type='mmsar.SeedHook'),
    weights=dict(type='mmsar.CheckWeightsHook'),
    normalisation=dict(type='mmsar.CheckNormalisationHook'),
    classes=dict(type='mmsar.CheckClassesHook'),
    finite_loss=dict(type='mmsar.FiniteLossHook'),
    mean_loss=dict(type='mmsar.MeanLossHook'),
    sync_buffers=dict(type='mmsar.SyncBuffersHook'),
)
log_processor = dict(type='LogProcessor', window_size=50, by_epoch=True)
log_level = 'INFO'

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
load_from = None
resume = False
