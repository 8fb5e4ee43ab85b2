"""Which patches are kept, and in which part they are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.pairs.building.patches import Grid, Split
from mmsar.datasets.pairs.building.quality import Figures, Limits, entropy, structure
from mmsar.datasets.pairs.building.review import Key, key
from mmsar.datasets.pairs.building.seams import seam
from mmsar.datasets.pairs.building.similar import describe, find_similar
from mmsar.datasets.pairs.building.source import SceneSource
from mmsar.errors import ConfigError
from mmsar.io import Window


@dataclass
class Patch:
    """A patch of a scene, and what is decided about it.

    Attributes:
        source: Its scene.
        window: Its place.
        figures: What was measured.
        description: See :func:`mmsar.datasets.pairs.building.similar.describe`.
        reason: Why it is left out, or ``''``.
        doubt: What a person should look at, or ``''``.
        decision: Of a person, ``keep``, ``drop`` or ``''``.
        similarity: Highest to a patch before it.
        similar_to: Name of that patch.
        part: ``train`` or ``val``, if it is kept.
    """

    source: SceneSource
    window: Window
    figures: Figures
    description: NDArray[np.float32] = field(repr=False)
    reason: str = ''
    doubt: str = ''
    decision: str = ''
    similarity: float = 0.0
    similar_to: str = ''
    part: str = ''

    @property
    def to_review(self) -> bool:
        """Whether a person should look at it; not if it is left out whatever it looks like."""
        return bool(self.doubt) and (self.reason != 'gap' or bool(self.decision))

    @property
    def name(self) -> str:
        """Of its two files."""
        return f'{self.source.name}_{self.window.row}_{self.window.column}.png'


def measure(source: SceneSource, window: Window) -> Patch:
    """Read a patch and look at it."""
    images = source.read(window)
    optical = _grey(images.optical)
    figures = Figures(
        missing=float(images.missing.mean()),
        entropy=entropy(optical),
        structure=min(structure(images.sar_8bit), structure(optical)),
        seam=seam(optical),
    )
    return Patch(source, window, figures, describe(optical))


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.shape[2] == 1:
        return image[..., 0]
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def judge(patches: list[Patch], limits: Limits, decisions: Mapping[Key, bool]) -> None:
    """Decide which patches are kept.

    Args:
        patches: In an order of preference: of similar ones the first is kept. Changed in place.
        limits: What patches must keep to.
        decisions: Of a person; they come first.
    """
    for patch in patches:
        patch.reason, patch.doubt = limits.judge(patch.figures)
        decision = decisions.get(key(patch.source.name, patch.window))
        if decision is not None:
            patch.decision = 'keep' if decision else 'drop'
            patch.doubt = patch.doubt or 'decided'
            patch.reason = '' if decision else 'review'
    passed = [patch for patch in patches if not patch.reason]
    if not passed:
        return
    similarity, place = find_similar(
        np.stack([patch.description for patch in passed]), limits.max_similarity
    )
    for patch, value, other in zip(passed, similarity.tolist(), place.tolist(), strict=True):
        patch.similarity = value
        patch.similar_to = passed[other].name if other >= 0 else ''
        if patch.decision:
            continue
        if value > limits.max_similarity:
            patch.reason = 'similar'
        elif limits.nearly_similar(value):
            patch.doubt = f'similar to {patch.similar_to}'


def divide(patches: list[Patch], split: Split, grid: Grid) -> None:
    """Divide the kept patches into parts; those between the parts are left out.

    Args:
        patches: Changed in place.
        split: How they are divided.
        grid: How scenes were cut.

    Raises:
        ConfigError: A part is empty.
    """
    kept = [patch for patch in patches if not patch.reason]
    if not kept:
        return
    try:
        parts = split.parts([p.source.name for p in kept], [p.window for p in kept], grid)
    except ConfigError as error:
        raise ConfigError(f'{error}{_lost_scenes(patches)}') from error
    for patch, part in zip(kept, parts, strict=True):
        if part == 'gap':
            patch.reason = 'gap'
        else:
            patch.part = part


def _lost_scenes(patches: list[Patch]) -> str:
    """Say which scenes have no patch left, and why."""
    kept = {patch.source.name for patch in patches if not patch.reason}
    reasons: dict[str, Counter[str]] = {}
    for patch in patches:
        if patch.source.name not in kept:
            reasons.setdefault(patch.source.name, Counter())[patch.reason] += 1
    return ''.join(
        f'. All patches of scene {scene} were left out ('
        f'{", ".join(f"{reason} {count}" for reason, count in sorted(found.items()))})'
        for scene, found in reasons.items()
    )
