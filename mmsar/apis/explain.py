"""Turning the errors that users meet most into one message."""

import difflib
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

import torch

from mmsar.errors import MMSARError

_NOT_REGISTERED = re.compile(r'(\S+) is not in the (\w+)::([\w ]+) registry')
_UNEXPECTED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'")
_UNREADABLE_IMAGE = re.compile(r'failed to load image: (.+)')
_NO_BATCH = re.compile(r'`epoch_length` must be a positive integer, but got 0')
_NO_GPU = re.compile(r'AmpOptimizerWrapper.* is only available training on gpu')
_CLASSES_DIFFER = re.compile(r'`num_classes` .* does not match')


def run_tool(main: Callable[[Sequence[str] | None], None]) -> None:
    """Run a tool; end with one message and status 1 on an error that its user can fix.

    Other exceptions are bugs and keep their traceback.
    """
    try:
        main(None)
        _leave_process_group()
    except KeyboardInterrupt:
        sys.exit('interrupted')
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        sys.exit(f'\nerror: {message}')


def _leave_process_group() -> None:
    """End the process group together: a rank that is left alone by the others may abort."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


def explain(error: BaseException) -> str | None:
    """Return a message for an error that the user can fix, None for any other."""
    text = str(error)
    if 'DataLoader worker process' in text:
        return _explain_worker(error)
    if isinstance(error, MMSARError):
        return text
    not_registered = _NOT_REGISTERED.search(text)
    if isinstance(error, KeyError) and not_registered:
        return _explain_registry(*not_registered.groups())
    unexpected = _UNEXPECTED.search(text)
    if isinstance(error, TypeError) and unexpected:
        return _explain_argument(error, *unexpected.groups())
    if isinstance(error, AssertionError):
        return _explain_assertion(text)
    if isinstance(error, OSError) and error.filename:
        return f'{error.filename}: {error.strerror}; check the paths given'
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f'{error}; run tools/doctor.py to see what is missing and how to add it'
    if isinstance(error, torch.OutOfMemoryError):
        return f'{text.splitlines()[0]} Lower train_dataloader.batch_size or the image size'
    return None


def registered_names(scope: str, registry: str) -> list[str]:
    """Return all names in a registry node and its parents, without scope."""
    try:
        node = next(
            value
            for value in vars(import_module(f'{scope}.registry')).values()
            if getattr(value, 'name', None) == registry and getattr(value, 'scope', None) == scope
        )
        node.import_from_location()
    except (ImportError, StopIteration):
        return []
    names: list[str] = []
    while node is not None:
        names += node.module_dict
        node = node.parent
    return names


def _explain_registry(name: str, scope: str, registry: str) -> str:
    name = name.strip('\'"')
    *scopes, bare = name.split('.')
    scope = scopes[0] if scopes else scope
    names = registered_names(scope, registry)
    near = difflib.get_close_matches(bare, names, n=3, cutoff=0.6)
    elsewhere = [
        other
        for other in ('mmdet', 'mmpretrain', 'mmagic', 'mmsar', 'mmengine')
        if other != scope and other in sys.modules and bare in registered_names(other, registry)
    ]
    lines = [f"there is no {registry} named '{name}' in {scope}."]
    if near:
        lines.append(f'  Did you mean {" or ".join(near)}?')
    if elsewhere:
        lines.append(f"  It exists elsewhere: type='{elsewhere[0]}.{bare}'.")
    lines += [
        '  Usual causes: a misspelt type; a type of another toolbox without its scope',
        "  (type='mmsar.SeededDataset'); your own module is not imported: add",
        "  custom_imports = dict(imports=['mmsar', 'your_module']) to the config.",
    ]
    return '\n'.join(lines)


def _explain_argument(error: TypeError, owner: str | None, function: str, argument: str) -> str:
    """Name the arguments that look alike, from the frame that made the call."""
    candidates: list[str] = []
    targets = [frame.f_locals.get('obj_cls') for frame, _ in traceback.walk_tb(error.__traceback__)]
    # The class being built that made the call; mmengine builds data loaders by a plain call.
    for target in [*reversed(targets), torch.utils.data.DataLoader]:
        if isinstance(target, type) and owner in (None, *(c.__name__ for c in target.__mro__)):
            owner = target.__name__
            for cls in target.__mro__[:-1]:
                candidates += inspect.signature(vars(cls).get('__init__', cls)).parameters
            break
    near = difflib.get_close_matches(argument, candidates, n=3, cutoff=0.6)
    hint = f'; did you mean {" or ".join(near)}?' if near else ''
    return f"{owner or function} takes no argument '{argument}'{hint} Check the config"


def _explain_assertion(text: str) -> str | None:
    """Return a message for assertions of mmcv, mmdet and mmengine about the user's input."""
    image = _UNREADABLE_IMAGE.search(text)
    if image:
        return f'image {image.group(1)} cannot be read: it is truncated or not an image'
    if _CLASSES_DIFFER.search(text):
        return f'{text}. Set num_classes in the config to the number of classes of the data'
    if _NO_BATCH.search(text):
        return (
            'the training data do not fill one batch, and drop_last=True drops it; lower '
            'train_dataloader.batch_size'
        )
    if _NO_GPU.search(text):
        return (
            'mixed precision needs a GPU, and PyTorch sees none here; set optim_wrapper.type='
            'OptimWrapper and leave out its dtype and loss_scale'
        )
    return None


def _explain_worker(error: BaseException) -> str | None:
    """Return the message of an error that a data loader's worker met, if the user can fix it.

    torch raises an error of the same type; its text is the traceback, the message at its end.
    """
    header = re.compile(rf'^(?:[\w.]*\.)?{type(error).__name__}: ', re.MULTILINE)
    _, *messages = header.split(str(error))
    if not messages:
        return None
    if isinstance(error, AssertionError):
        return _explain_assertion(messages[-1])
    if isinstance(error, MMSARError | FileNotFoundError):
        return messages[-1].strip()
    return None
