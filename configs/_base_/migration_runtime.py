# Migration has no host toolbox, and nothing is trained.
custom_imports = dict(imports=['mmsar'])
default_scope = 'mmsar'
randomness = dict(seed=0)
