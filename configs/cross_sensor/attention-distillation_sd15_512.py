# Migration with the paper's settings. It needs the weights of Stable Diffusion 1.5, and a GPU.
_base_ = ['../_base_/models/attention-distillation_sd15.py', '../_base_/migration_runtime.py']
