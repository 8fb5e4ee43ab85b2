"""An image's prompt, and where the image is from."""

from mmengine.structures import BaseDataElement


class PromptedImage(BaseDataElement):
    """What is known of an image beside its pixels.

    Meta information: ``img_path``.

    Attributes:
        prompt: The text; empty where it was dropped.
        label: Number of the class, or None.
    """

    prompt: str
    label: int | None
