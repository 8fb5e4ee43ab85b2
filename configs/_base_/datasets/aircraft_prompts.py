# Aircraft of seven types by the old sensor, with prompts: data as docs/aircraft.md makes them, or
# your own in folders of these classes.
data_root = 'data/aircraft/sar1/'
classes = ('B-52', 'Boeing-747', 'Boeing-767', 'C-130', 'C-17', 'F-15', 'F-16')
# Amplitude in 16 bits, 1000 for sigma nought 0 dB: from -28 to 12 dB. Images are written by the
# inverse.
stretch = dict(rule='db', low=32, high=72, domain='amplitude')
# The paper: 'SAR Image' and the class. The parameters of the sensor, in words of our own; what is
# left out here is left out of the prompts.
prompt = dict(
    type='mmsar.SARPrompt',
    classes=classes,
    values=dict(sensor='SAR1', band='X', resolution=1, look_angle=45),
)
train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.ClassBalancedSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', drop_last=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.SARChips',
            data_root=data_root,
            labelled=True,
            metainfo=dict(classes=classes),
            pipeline=[
                dict(type='mmsar.LoadSARImage', domain_in='amplitude', channels=1),
                dict(type='mmsar.StretchSAR', out=(0.0, 1.0), **stretch),
                dict(dropout=0.1, **prompt),  # open
                dict(type='mmsar.PackPrompted'),
            ],
        ),
    ),
)
# What tools/generate.py makes.
test_cfg = dict(
    type='mmsar.GenerationLoop',
    number=50,
    prompt=prompt,
    shape=(64, 64),
    stretch=stretch,
    domain='amplitude',
    dtype='uint16',
    suffix='.png',
    steps=28,
    guidance=4.5,
    seed=0,
    batch_size=8,
)
