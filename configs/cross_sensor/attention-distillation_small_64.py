# Small networks of random weights, to try things out without a download:
#   python tools/model_converters/small_stable_diffusion.py checkpoints/small_stable_diffusion
_base_ = './attention-distillation_sd15_512.py'

model = dict(
    pretrained='checkpoints/small_stable_diffusion',
    speckle=dict(size=8),
    size=64,
    steps=10,
    dtype='float32',
)
