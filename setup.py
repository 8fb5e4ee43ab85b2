"""Packaging of mmsar."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def requirements(name: str) -> list[str]:
    """Return the requirement lines of ``requirements/<name>.txt``."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def version() -> str:
    """Return ``__version__`` without importing the package."""
    scope: dict[str, str] = {}
    exec((ROOT / 'mmsar' / 'version.py').read_text(), scope)
    return scope['__version__']


EXTRAS = {
    name: requirements(name) for name in ('diffusion', 'geo', 'onnx', 'recognition', 'dev', 'docs')
}
EXTRAS['all'] = sorted({line for lines in EXTRAS.values() for line in lines})

setup(
    name='mmsar',
    version=version(),
    description='Deep learning for radar images (SAR and ISAR) on OpenMMLab',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    license_files=['LICENSE'],
    classifiers=[
        'Intended Audience :: Science/Research',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    keywords='SAR, ISAR, radar, remote sensing, OpenMMLab, ship detection',
    packages=find_packages(include=['mmsar', 'mmsar.*']),
    package_data={'mmsar': ['py.typed']},
    python_requires='>=3.11',
    install_requires=requirements('runtime'),
    extras_require=EXTRAS,
)
