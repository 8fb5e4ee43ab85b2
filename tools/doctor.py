"""Print what is installed, what is missing for what, and the command that adds it.

The exit status is 1 when the core is broken: training a detector would fail.
"""

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib import metadata, util

HOSTS = 'pip install --no-deps -r requirements/hosts.txt'
CORE = "pip install -c requirements/constraints.txt -e '.[all]'"

# Import name, the distributions that provide it, the command that adds it.
REQUIRED = (
    ('torch', ('torch',), CORE),
    ('torchvision', ('torchvision',), CORE),
    ('numpy', ('numpy',), CORE),
    ('cv2', ('opencv-python-headless', 'opencv-python'), CORE),
    ('pycocotools', ('pycocotools',), CORE),
    ('mmengine', ('mmengine', 'onedl-mmengine'), HOSTS),
    ('mmcv', ('mmcv-lite', 'mmcv', 'onedl-mmcv'), HOSTS),
    ('mmdet', ('mmdet', 'onedl-mmdetection'), HOSTS),
)
# Task, import names, the command that adds them.
OPTIONAL = (
    ('pre-training, classification', ('mmpretrain',), HOSTS),
    ('image restoration', ('mmagic', 'diffusers', 'transformers', 'lpips'), f'{CORE} && {HOSTS}'),
    ('data generation', ('diffusers', 'transformers', 'peft'), "pip install -e '.[diffusion]'"),
    ('TIFF, GeoTIFF', ('rasterio',), "pip install -e '.[geo]'"),
    ('logistic heads, t-SNE', ('sklearn',), "pip install -e '.[recognition]'"),
    ('TensorBoard', ('tensorboard',), "pip install -e '.[dev]'"),
    ('tests and lint', ('pytest', 'ruff', 'mypy'), "pip install -e '.[dev]'"),
    ('documentation', ('sphinx', 'myst_parser'), "pip install -e '.[docs]'"),
)
OPENCVS = (
    'opencv-python',
    'opencv-python-headless',
    'opencv-contrib-python',
    'opencv-contrib-python-headless',
)


def version(*distributions: str) -> str | None:
    """Return name and version of the first of these distributions that is installed."""
    for name in distributions:
        try:
            return f'{name} {metadata.version(name)}'
        except metadata.PackageNotFoundError:
            continue
    return None


def missing(module: str) -> bool:
    """Return whether a module cannot be found."""
    return util.find_spec(module) is None


def show(*cells: str) -> None:
    """Print a row. Plain text: this tool must run where nothing is installed."""
    print(f'{cells[0]:30}{cells[1]:40}{cells[2]}'.rstrip())


def check_core() -> list[str]:
    """Print the required packages; return what is wrong."""
    show('core', 'installed', 'command that adds it')
    problems = []
    for module, distributions, command in REQUIRED:
        found = version(*distributions)
        absent = missing(module)
        show(f'  {module}', 'missing' if absent else found or 'found', command if absent else '')
        if absent:
            problems.append(f'{module} is missing: {command}')
    return problems


def check_imports() -> list[str]:
    """Import what a detector needs; return what is wrong."""
    try:
        import torch

        import mmsar  # noqa: F401
    except Exception as error:
        return [f'import mmsar fails: {error}']
    if tuple(int(n) for n in torch.__version__.split('+')[0].split('.')[:2]) < (2, 6):
        return [f'torch {torch.__version__} is too old; mmsar needs 2.6 or newer']
    try:
        import mmdet.datasets
        import mmdet.models  # noqa: F401
    except Exception as error:
        return [f'import mmdet fails: {error}']
    return []


def check_opencv() -> list[str]:
    """Return a warning if several OpenCV packages share the module cv2."""
    found = [name for name in OPENCVS if version(name)]
    if len(found) < 2:
        return []
    return [
        f'{" and ".join(found)} both install cv2 and overwrite each other: '
        f'pip uninstall {" ".join(found)}, then pip install "opencv-python-headless<4.12"'
    ]


def describe_devices() -> str:
    """Name the GPUs that PyTorch sees, or why there is none."""
    if missing('torch'):
        return 'unknown (no torch)'
    import torch

    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        names = ', '.join(torch.cuda.get_device_name(i) for i in range(count))
        return f'{names} (CUDA {torch.version.cuda})'
    built = f'built for CUDA {torch.version.cuda}' if torch.version.cuda else 'built without CUDA'
    return f'none; training runs on the CPU (torch is {built})'


def describe_operators() -> str:
    """Say who provides mmcv's operators."""
    if missing('mmcv') or missing('mmsar'):
        return 'none'
    import mmcv._ext

    from mmsar.compat.mmcv_ext import Operators

    if isinstance(mmcv._ext, Operators):
        return "mmsar's substitutes (mmcv has no compiled operators)"
    return 'compiled, from mmcv'


def main(argv: Sequence[str] | None = None) -> None:
    """Check the installation."""
    argparse.ArgumentParser(description=__doc__).parse_args(argv)
    print(f'Python {platform.python_version()}  {platform.platform()}')
    print(f'GPU    {describe_devices()}\n')
    problems = check_core()
    show('\nfor', ' needs', 'command that adds it')
    for task, modules, command in OPTIONAL:
        absent = [module for module in modules if missing(module)]
        needs = f'missing: {", ".join(absent)}' if absent else 'complete'
        show(f'  {task}', needs, command if absent else '')
    print()
    if not problems:
        problems = check_imports()
    if not problems:
        print(f'mmcv operators: {describe_operators()}')
    for warning in check_opencv():
        print(f'warning: {warning}')
    if problems:
        for problem in problems:
            print(f'broken: {problem}')
        sys.exit(1)
    print('The core works.')


if __name__ == '__main__':
    main()
