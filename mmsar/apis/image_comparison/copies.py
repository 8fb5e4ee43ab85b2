"""How near generated images are to training images, beside how near real ones are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmsar.apis.image_comparison.image_folder import ImageFolder
from mmsar.apis.provenance import now, versions
from mmsar.evaluation.generation.copies import FLIPS, NearestImages, turned
from mmsar.evaluation.report import write_json
from mmsar.visualization.copies_panel import Pair, draw_copies

_DRAWN = 8


class CopyCheck:
    """Which generated images are nearer to a training image than real ones ever are.

    Args:
        training: What the generator was trained on.
        generated: What it made.
        found: The nearest training image of each generated one.
        real: By name, the same of real images: of others, or of the training images among
            themselves.

    Attributes:
        limit: The largest similarity of all real images.
        copies: Numbers of generated images above it, the nearest ones first.
    """

    def __init__(
        self,
        training: ImageFolder,
        generated: ImageFolder,
        found: NearestImages,
        real: Mapping[str, NearestImages],
    ) -> None:
        self.training, self.generated, self.found, self.real = training, generated, found, real
        self.limit = max(float(part.similarity.max()) for part in real.values())
        order = np.argsort(-found.similarity, kind='stable')
        self.order = order.tolist()
        self.copies = [number for number in self.order if found.similarity[number] > self.limit]

    def table(self) -> str:
        """Return the figures, and the names of copies."""
        sets = {'generated': self.found, **self.real}
        width = max(map(len, sets))
        lines = [f'{"":{width}}  images  median    95 %  highest   (correlation with the nearest)']
        for name, part in sets.items():
            middle, high = np.percentile(part.similarity, (50, 95))
            lines.append(
                f'{name:{width}}  {len(part.similarity):6d}  {middle:6.3f}  {high:6.3f}  '
                f'{part.similarity.max():7.3f}'
            )
        count = len(self.found.similarity)
        chance = count / (1 + sum(len(part.similarity) for part in self.real.values()))
        lines.append(
            f'{len(self.copies)} of {count} generated images are nearer to a training image than '
            f'any real one ({self.limit:.3f}); were they as near as real ones, about {chance:.1f}'
        )
        lines += [self._said(number) for number in self.copies[:_DRAWN]]
        if len(self.copies) > _DRAWN:
            lines.append(f'and {len(self.copies) - _DRAWN} more')
        return '\n'.join(lines)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write ``copies.json`` and ``copies.png``, the nearest pairs, into a folder."""
        paths = folder / 'copies.json', folder / 'copies.png'
        images = [
            {
                'image': self.generated.names[number],
                'nearest': self.training.names[int(self.found.number[number])],
                'turned': FLIPS[int(self.found.flip[number])],
                'similarity': float(self.found.similarity[number]),
            }
            for number in self.order
        ]
        content: dict[str, Any] = {
            'training': str(self.training.folder),
            'generated': str(self.generated.folder),
            'limit': self.limit,
            'copies': len(self.copies),
            'real': {name: part.similarity.tolist() for name, part in self.real.items()},
            'images': images,
            'versions': {**versions(), 'numpy': np.__version__},
            'written': now(),
        }
        write_json(paths[0], content)
        draw_copies(paths[1], [self._pair(number) for number in self.order[:_DRAWN]])
        return paths

    def _said(self, number: int) -> str:
        nearest = self.training.names[int(self.found.number[number])]
        return (
            f'  {self.generated.names[number]}: {nearest} '
            f'{FLIPS[int(self.found.flip[number])]}, {self.found.similarity[number]:.3f}'
        )

    def _pair(self, number: int) -> Pair:
        nearest, flip = int(self.found.number[number]), int(self.found.flip[number])
        title = f'{self.generated.names[number]}\n{self.found.similarity[number]:.2f}'
        return Pair(
            self.generated.images[number], turned(self.training.images[nearest], flip), title
        )
