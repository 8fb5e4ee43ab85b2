# Migration with Stable Diffusion 1.5. Where the paper gives a value it is the
# paper's; what it leaves open is marked, and explained in docs/migration.md.
model = dict(
    type='mmsar.AttentionDistillation',
    # A name on the hub, or a folder in its format. The paper: 'the pre-trained U-Net'.
    pretrained='stable-diffusion-v1-5/stable-diffusion-v1-5',
    layers='paper',  # open: 'deep and shallow' ones
    weights=dict(ad=1.0, content=0.25, speckle=0.1, high_frequency=0.1),
    speckle=dict(patches=16, size=16, domain='amplitude'),  # open: all three
    high_frequency=dict(mode='magnitude', cutoff=0.125),  # open: the cutoff; it prints 'complex'
    # Open; these are of the published code of Attention Distillation.
    size=512,
    steps=200,
    lr=0.05,
    prompt='',
    dtype='bfloat16',
    # Open: the pixels are decoded in every step.
    pixel_interval=1,
)
