"""The domain that a transform works in."""

from typing import Any

from mmsar.errors import ConfigError


def known_domain(results: dict[str, Any], key: str, domain: str | None, transform: object) -> str:
    """Return the domain of an image's values: the one set in the config, or the image's own.

    Raises:
        ConfigError: Neither says, or the values are complex.
    """
    name = type(transform).__name__
    raster = results.get(f'{key}_raster')
    domain = domain or (raster.domain if raster is not None else None)
    if domain is None:
        raise ConfigError(
            f'{name} must know what the values of {results.get(f"{key}_path", key)} are: put it '
            'before StretchSAR, and set domain_in of LoadSARImage (amplitude, intensity or db)'
        )
    if domain == 'complex':
        raise ConfigError(f'{name} does not work on complex values; set domain_out of LoadSARImage')
    return domain
