"""Prompts for images of radars, from a class and the parameters of the sensor."""

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from mmsar.errors import ConfigError

FIELDS = ('class', 'sensor', 'band', 'resolution', 'polarisation', 'look_angle')
# 'SAR image' and the class are those of arXiv 2606.28922, whose words for the parameters are not
# given.
SEGMENTS = (
    'SAR image',
    '{class} aircraft',
    '{sensor}',
    '{band} band',
    '{resolution} m resolution',
    '{polarisation} polarisation',
    'look angle {look_angle} degrees',
)


class PromptTemplate:
    """Makes a prompt of what is known of an image.

    A segment of which a field has no value is left out, so data without a look angle have prompts
    without it.

    Args:
        segments: Of a prompt, which are joined by commas, with fields in braces: those of
            :data:`FIELDS`, and names of ``values``.
        values: What all images share, by the names of fields: ``dict(sensor='TerraSAR-X')``.
        class_names: What to call a class in prompts, where it is not its own name.

    Raises:
        ConfigError: A field is unknown, or nothing is left of a prompt.
    """

    def __init__(
        self,
        segments: Sequence[str] = SEGMENTS,
        values: Mapping[str, Any] | None = None,
        class_names: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(segments, str):
            raise ConfigError(f'SARPrompt: segments={segments!r}; give a list of texts')
        self.segments = [(text, _fields(text)) for text in segments]
        self.values, self.class_names = dict(values or {}), dict(class_names or {})
        self.fields = sorted({field for _, fields in self.segments for field in fields})
        known = {*FIELDS, *self.values}
        unknown = [field for field in self.fields if field not in known]
        if unknown:
            raise ConfigError(
                f'SARPrompt: the segments have a field {{{unknown[0]}}}; fields are '
                f'{", ".join(FIELDS)} and those of values ({", ".join(self.values) or "none"})'
            )
        if not segments:
            raise ConfigError('SARPrompt: segments is empty; give at least one text')

    def __call__(self, values: Mapping[str, Any]) -> str:
        """Return the prompt of an image.

        Args:
            values: Its own, by the names of fields; they go before those that all share.

        Raises:
            ConfigError: Nothing is left.
        """
        found = {**self.values, **{k: v for k, v in values.items() if v not in (None, '')}}
        if found.get('class') is not None:
            found['class'] = self.class_names.get(str(found['class']), found['class'])
        texts = [
            text.format(**{field: _text(found[field]) for field in fields})
            for text, fields in self.segments
            if all(found.get(field) not in (None, '') for field in fields)
        ]
        if not texts:
            raise ConfigError(
                f'SARPrompt: nothing is left of a prompt, for no value is known of '
                f'{", ".join(self.fields)}; set values, or add a segment without fields'
            )
        return ', '.join(texts)


def _fields(text: str) -> list[str]:
    try:
        return [field for _, field, _, _ in Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise ConfigError(f'SARPrompt: segment {text!r}: {error}') from error


def _text(value: Any) -> str:
    """Write numbers as short as they are: 45, not 45.0."""
    return f'{value:g}' if isinstance(value, float) else str(value)
