"""Checkpoints that survive being killed at any moment."""

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, get_file_backend
from mmengine.hooks import CheckpointHook

from mmsar.engine import atomic_backend
from mmsar.registry import HOOKS


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, in an order that always leaves a loadable checkpoint.

    Upstream deletes the oldest file before it saves, and saves in place: with
    ``max_keep_ckpts=1``, a kill at that moment leaves nothing. Here a checkpoint is written under
    a temporary name, synced and renamed; ``last_checkpoint`` is replaced likewise; only then is
    the oldest file (or the former best one) deleted. Arguments are mmengine's.
    """

    # Set by the base class.
    backend_args: dict[str, Any] | None
    best_ckpt_path: str | None
    best_ckpt_path_dict: dict[str, str | None]

    def before_train(self, runner: Any) -> None:
        """Choose the atomic backend for local folders and clear leftovers of a killed run."""
        where = self.out_dir or runner.work_dir
        if self.backend_args is None and isinstance(get_file_backend(where), LocalBackend):
            self.backend_args = {'backend': atomic_backend.NAME}
        super().before_train(runner)
        if is_main_process():
            for leftover in [
                *Path(self.out_dir).glob('.*.pth'),
                *Path(runner.work_dir).glob('.last_checkpoint.*'),
            ]:
                leftover.unlink()
            if not runner.iter:
                # Of an earlier run in this folder: resuming must not take it for this one's.
                (Path(runner.work_dir) / 'last_checkpoint').unlink(missing_ok=True)

    def _save_checkpoint_with_step(self, runner: Any, step: int, meta: dict[str, Any]) -> None:
        """Save, then point ``last_checkpoint`` at the file, then delete what is too old."""
        if self.max_keep_ckpts > 0:
            kept = list(self.keep_ckpt_ids)
            if not kept or kept[-1] != step:
                kept.append(step)
            # Saved with the oldest still listed: if the run is killed before that file is
            # deleted, the resumed run finds it in this list and deletes it.
            runner.message_hub.update_info('keep_ckpt_ids', kept)

        name = self._name(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            pointer = Path(runner.work_dir) / 'last_checkpoint'
            atomic_backend.AtomicLocalBackend().put_text(self.last_ckpt, pointer)

        if self.max_keep_ckpts > 0:
            for old in kept[: -self.max_keep_ckpts]:
                self._remove(self.file_backend.join_path(self.out_dir, self._name(old)))
            self.keep_ckpt_ids.clear()
            self.keep_ckpt_ids.extend(kept[-self.max_keep_ckpts :])

    def _save_best_checkpoint(self, runner: Any, metrics: dict[str, Any]) -> None:
        """Save a new best checkpoint first and delete the former one afterwards."""
        if not self.save_best:
            return
        # Upstream deletes the path it finds in these attributes before it saves.
        if hasattr(self, 'best_ckpt_path_dict'):
            former = dict(self.best_ckpt_path_dict)
            self.best_ckpt_path_dict = dict.fromkeys(former)
            super()._save_best_checkpoint(runner, metrics)
            current = self.best_ckpt_path_dict
            for key, path in former.items():
                current[key] = current[key] or path
            replaced = {path for key, path in former.items() if path and path != current[key]}
        else:
            path, self.best_ckpt_path = self.best_ckpt_path, None
            super()._save_best_checkpoint(runner, metrics)
            self.best_ckpt_path = self.best_ckpt_path or path
            replaced = {path} if path and path != self.best_ckpt_path else set()
        for old in replaced:
            self._remove(old)

    def _name(self, step: int) -> str:
        return self.filename_tmpl.format(step)

    def _remove(self, path: str) -> None:
        """Delete a checkpoint: a file, or a folder if DeepSpeed wrote it."""
        if not is_main_process():
            return
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):
            self.file_backend.rmtree(path)
