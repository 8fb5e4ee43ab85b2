# How SARATR-X's detectors see images, for any data set that inherits this after its own file: the
# short side between 480 and 800 pixels, or a crop of a smaller picture; 800 x 1333 in tests.
sides = [480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800]
scales = [(side, 1333) for side in sides]
saratrx_resize = dict(
    type='RandomChoice',
    transforms=[
        [dict(type='RandomChoiceResize', scales=scales, keep_ratio=True)],
        [
            dict(
                type='RandomChoiceResize',
                scales=[(400, 4200), (500, 4200), (600, 4200)],
                keep_ratio=True,
            ),
            dict(
                type='RandomCrop',
                crop_type='absolute_range',
                crop_size=(384, 600),
                allow_negative_crop=True,
            ),
            dict(type='RandomChoiceResize', scales=scales, keep_ratio=True),
        ],
    ],
)
