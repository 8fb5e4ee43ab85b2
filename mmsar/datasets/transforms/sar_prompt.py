"""Prompts of images."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.datasets.prompts import SEGMENTS, PromptTemplate
from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class SARPrompt(BaseTransform):
    """Give an image its prompt, of its class and the parameters of its sensor.

    Required: ``gt_label`` where the prompt has a class. Optional: fields such as ``look_angle`` of
    the sample itself. Added: ``prompt``; ``full_prompt``, which is never dropped.

    Args:
        classes: Names in the order of the labels, those of the data set.
        segments: See :class:`mmsar.datasets.prompts.PromptTemplate`.
        values: Likewise.
        class_names: Likewise.
        table: csv with a column ``path``, relative to its own folder, and a column for each field
            in which images differ (``look_angle``, ``polarisation``). Every image must be in it.
        dropout: Share of images that have an empty prompt, which teaches the network to do without:
            guidance needs it. The draws are those of :class:`mmsar.SeededDataset`.

    Raises:
        ConfigError: An argument is wrong.
        DataError: The table cannot be read, or an image is not in it.
    """

    def __init__(
        self,
        classes: Sequence[str] = (),
        segments: Sequence[str] = SEGMENTS,
        values: Mapping[str, Any] | None = None,
        class_names: Mapping[str, str] | None = None,
        table: str | None = None,
        dropout: float = 0.1,
    ) -> None:
        if not 0 <= dropout <= 1:
            raise ConfigError(f'SARPrompt: dropout={dropout}; give a share from 0 to 1')
        self.template = PromptTemplate(segments, values, class_names)
        self.classes = tuple(classes)
        self.dropout = dropout
        self.table = None if table is None else _read(Path(table))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the prompt."""
        prompt = self.prompt_of(results)
        results['full_prompt'] = prompt
        results['prompt'] = '' if np.random.random() < self.dropout else prompt
        return results

    def prompt_of(self, sample: Mapping[str, Any]) -> str:
        """Return the prompt of a sample, as it is before or after its image is loaded.

        Raises:
            ConfigError: Its label has no name.
            DataError: It is not in the table.
        """
        values = {field: sample[field] for field in self.template.fields if field in sample}
        if self.table is not None:
            values |= self._row(sample)
        if 'class' in self.template.fields and 'class' not in values:
            values['class'] = self._class_of(sample)
        return self.template(values)

    def _class_of(self, sample: Mapping[str, Any]) -> str | None:
        label = sample.get('gt_label')
        if label is None:
            return None
        if not 0 <= int(label) < len(self.classes):
            raise ConfigError(
                f'SARPrompt: label {label} of {sample.get("img_path")} has no name; set classes to '
                'those of the data set, in their order'
            )
        return self.classes[int(label)]

    def _row(self, sample: Mapping[str, Any]) -> dict[str, str]:
        assert self.table is not None
        path = str(Path(sample['img_path']).resolve())
        if path not in self.table:
            raise DataError(f'{path} is not in the table of SARPrompt; add it, or leave out table')
        return self.table[path]

    def __repr__(self) -> str:
        return f'SARPrompt(classes={self.classes}, dropout={self.dropout})'


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline='', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f'{path} cannot be read: {error}') from error
    if not rows or 'path' not in rows[0]:
        raise DataError(f'{path} has no rows, or no column path; it must have both')
    return {
        str((path.parent / row.pop('path')).resolve()): {k: v for k, v in row.items() if v}
        for row in rows
    }
