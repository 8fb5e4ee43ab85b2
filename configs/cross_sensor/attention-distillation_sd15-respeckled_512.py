# Migration with Stable Diffusion 1.5 that begins at the resolution, looks and values of the new
# sensor: docs/migration.md. Set those of yours; resolution in pixels.
_base_ = './attention-distillation_sd15_512.py'

model = dict(
    start=dict(type='mmsar.Respeckle', resolution=2.5, looks=4, values='histogram'), keep='start'
)
