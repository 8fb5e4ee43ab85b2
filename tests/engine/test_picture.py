import numpy as np
import torch

from mmsar.engine.hooks.picture import DetectionPictureHook, to_picture


def test_picture_has_the_original_size_without_the_padding():
    image = torch.zeros(3, 40, 64, dtype=torch.uint8)
    image[0, :30, :60] = 200  # resized by 0.5 from 60 x 120, padded to 40 x 64
    picture = to_picture(image, {'ori_shape': (60, 120), 'scale_factor': (0.5, 0.5)}, True)
    assert picture.shape == (60, 120, 3)
    assert picture.dtype == np.uint8
    assert (picture == [0, 0, 200]).all()  # BGR in, RGB out


def test_one_channel_of_any_range_is_stretched():
    image = torch.linspace(-5, 3000, 64).view(1, 8, 8)
    picture = to_picture(image, {'ori_shape': (8, 8)}, False)
    assert picture.min() == 0
    assert picture.max() == 255
    assert (picture[..., 0] == picture[..., 2]).all()
    assert (np.diff(picture[..., 0].ravel().astype(int)) >= 0).all()
    constant = to_picture(torch.ones(1, 4, 4), {'ori_shape': (4, 4)}, False)
    assert constant.max() == 0


def test_images_of_one_name_get_pictures_of_their_own():
    hook = DetectionPictureHook(draw=True)

    class Sample:
        img_path = 'a/x.tif'

    names = [hook._file_name(Sample) for _ in range(3)]
    assert names == ['x.png', 'x_2.png', 'x_3.png']
