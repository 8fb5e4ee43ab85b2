"""Running the toy configs through the real command."""

import gc
from pathlib import Path
from typing import Any

import torch
import train

CONFIGS = Path(__file__).parent / 'configs'


def forget_instances() -> None:
    """Let the next runner of this process have its own visualizer, logger and scope."""
    from mmengine.utils import ManagerMixin

    classes = [ManagerMixin]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        vars(cls).get('_instance_dict', {}).clear()
    # The former runner's workers end here, not while the next one forks its own.
    gc.collect()


def write_config(path: Path, base: str | Path, **settings: Any) -> Path:
    """Write a config that inherits another (by path, or a toy's name) and overrides settings."""
    base = base if isinstance(base, Path) else CONFIGS / f'{base}.py'
    lines = [f'_base_ = {str(base)!r}']
    lines += [f'{key} = {value!r}' for key, value in settings.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines))
    return path


def run(base: str, work_dir: Path, *flags: str, **settings: Any) -> dict[str, torch.Tensor]:
    """Train a toy config with some settings changed and return the final weights."""
    forget_instances()
    config = write_config(work_dir / 'config' / f'{base}.py', base, **settings)
    train.main([str(config), '--work-dir', str(work_dir), *flags])
    return torch.load(work_dir / 'rank0.pth')


def equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Return whether two sets of weights agree bitwise."""
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)
