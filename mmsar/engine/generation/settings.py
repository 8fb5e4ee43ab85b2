"""Which images are generated, and how they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from mmsar.datasets.transforms import SARPrompt, Stretch, StretchSAR
from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed

FILE = 'generation.json'
_TYPES = {'uint8': ('.png', '.tif', '.npy'), 'uint16': ('.png', '.tif', '.npy'),
          'float32': ('.tif', '.npy')}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """An image to generate.

    Attributes:
        name: Of the file, below the folder of results.
        prompt: Its text.
        seed: Of its noise.
    """

    name: str
    prompt: str
    seed: int


@dataclass(frozen=True)
class GenerationSettings:
    """Which images are generated, and how they are written.

    Attributes:
        number: Images of each class, or of each prompt.
        prompt: Arguments of :class:`mmsar.SARPrompt` but ``dropout`` and ``table``: the prompts of
            the training.
        classes: Those to generate. Default: all of ``prompt``.
        prompts: Texts to use in place of classes; their images lie in folders ``prompt00``, ...
        shape: Rows and columns.
        stretch: Arguments of :class:`mmsar.StretchSAR` but ``out``, those of the training: images
            are written by its inverse, in the units of the training images. No percentiles.
        domain: Of the values in the files.
        dtype: In the files: ``uint8``, ``uint16`` or ``float32``.
        suffix: ``.png``, ``.tif`` or ``.npy``.
        steps: Of the solver.
        guidance: Of classifier-free guidance; 1 for none.
        seed: Of the noise. The noise of an image follows it, its class or prompt, and its number.
        batch_size: Images at a time.
        overwrite: Remove images that were made with other settings, and begin again.

    Raises:
        ConfigError: A value is wrong.
    """

    number: int = 1
    prompt: Mapping[str, Any] = field(default_factory=dict)
    classes: Sequence[str] | None = None
    prompts: Sequence[str] | None = None
    shape: tuple[int, int] = (64, 64)
    stretch: Mapping[str, Any] = field(default_factory=lambda: {'rule': '8bit'})
    domain: str | None = None
    dtype: str = 'uint8'
    suffix: str = '.png'
    steps: int = 28
    guidance: float = 4.5
    seed: int = 0
    batch_size: int = 8
    overwrite: bool = False

    def __post_init__(self) -> None:
        for name in ('number', 'steps', 'batch_size'):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f'{name}={value!r}; give a whole number above zero')
        if len(self.shape) != 2 or min(self.shape) < 1:
            raise ConfigError(f'shape={self.shape!r}; give (rows, columns)')
        if self.suffix not in _TYPES.get(self.dtype, ()):
            raise ConfigError(
                f'dtype={self.dtype!r} with suffix={self.suffix!r} cannot be written; '
                + '; '.join(f'{dtype}: {", ".join(ends)}' for dtype, ends in _TYPES.items())
            )
        if self.classes is not None and self.prompts is not None:
            raise ConfigError('give classes or prompts, not both')
        self.inverse()
        self.wanted()

    def inverse(self) -> Stretch:
        """Return the map whose inverse gives the values of files."""
        if 'out' in self.stretch or 'key' in self.stretch:
            raise ConfigError('stretch.out and stretch.key are not open to choice: leave them out')
        rule = StretchSAR(**{**self.stretch, 'out': (0.0, 1.0)})
        if rule.levels:
            raise ConfigError(
                f'stretch.rule={rule.rule!r} has no inverse: what was 1 differs from image to '
                "image; train with rule='fixed' or 'db'"
            )
        domain = (rule.domain or self.domain) if rule.rule == 'db' else None
        if rule.rule == 'db' and domain not in ('amplitude', 'intensity', 'db'):
            raise ConfigError(
                f"stretch.rule='db' with domain={domain!r}: set domain to that of the files, "
                'amplitude or intensity'
            )
        return Stretch(rule.low, rule.high, 0.0, 1.0, domain)

    def wanted(self) -> list[Wanted]:
        """Return all images, by name.

        Raises:
            ConfigError: There are no classes, one is unknown, or a name is that of no folder.
        """
        if self.prompts is not None:
            folders = [(f'prompt{place:02d}', text) for place, text in enumerate(self.prompts)]
        else:
            folders = [(name, self._prompt_of(name)) for name in self._classes()]
        if not folders:
            raise ConfigError('there is nothing to generate; set prompt.classes, or prompts')
        images = []
        for folder, text in folders:
            for number in range(self.number):
                name = f'{folder}/{number:05d}{self.suffix}'
                seed = derive_seed('generate', self.seed, folder, number)
                images.append(Wanted(name, text, seed))
        return images

    def _classes(self) -> list[str]:
        known = list(self.prompt.get('classes') or ())
        chosen = known if self.classes is None else list(self.classes)
        for name in chosen:
            if name not in known:
                raise ConfigError(
                    f'class {name!r} is none of prompt.classes ({", ".join(known) or "none"})'
                )
            if PurePosixPath(name).name != name or name.startswith('.'):
                raise ConfigError(f'class {name!r} cannot be the name of a folder')
        if len(set(chosen)) < len(chosen):
            raise ConfigError(f'classes={chosen} names one twice')
        return chosen

    def _prompt_of(self, name: str) -> str:
        options = {k: v for k, v in self.prompt.items() if k not in ('type', 'dropout', 'table')}
        return SARPrompt(**options).prompt_of({'gt_label': list(options['classes']).index(name)})


def read_settings(settings: Mapping[str, Any]) -> GenerationSettings:
    """Return the settings that a config describes.

    Raises:
        ConfigError: One is unknown or wrong.
    """
    known = list(GenerationSettings.__dataclass_fields__)
    unknown = set(settings) - set(known)
    if unknown:
        raise ConfigError(
            f'a generation has no setting {min(unknown)!r}; it has out, {", ".join(known)}'
        )
    values = dict(settings)
    if 'shape' in values:
        values['shape'] = tuple(values['shape'])
    return GenerationSettings(**values)
