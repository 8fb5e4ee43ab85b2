"""Detection in many scenes, by several processes, that may be killed and started again."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmsar.apis.scenes.detector import SceneDetector, parts_of
from mmsar.apis.scenes.land import LandMask
from mmsar.apis.scenes.listing import SceneFile, list_scenes
from mmsar.apis.scenes.outputs import Outputs
from mmsar.apis.scenes.part_files import FOLDER, PartFiles
from mmsar.apis.scenes.shares import Unit, share_scenes
from mmsar.engine.image_jobs.folder import locked, remove_leftovers
from mmsar.engine.image_jobs.manifest import Entry, Log, claim, merge_manifest, read_manifest
from mmsar.engine.image_jobs.processes import Processes
from mmsar.engine.image_jobs.progress import Report, report
from mmsar.errors import ConfigError, DataError
from mmsar.io import open_raster

SETTINGS = 'detection.json'
_LISTED = 20  # failures in a message
Plan = tuple[list[SceneFile], list[list[Unit]]]


@dataclass(frozen=True)
class ArchiveSummary:
    """What a run has come to.

    Attributes:
        out: Folder of the results.
        done: Scenes with results, of this run and those before.
        detections: In all of them.
        failed: Reason by name of the scene.
    """

    out: Path
    done: int
    detections: int
    failed: dict[str, str]

    def __str__(self) -> str:
        """Say it in a line."""
        failed = f', {len(self.failed)} scenes failed' if self.failed else ''
        return f'{self.out}: {self.detections} detections in {self.done} scenes{failed}'

    def require_complete(self) -> None:
        """Check that no scene has failed.

        Raises:
            DataError: Naming those that have, and why.
        """
        if not self.failed:
            return
        lines = [f'  {name}: {reason}' for name, reason in list(self.failed.items())[:_LISTED]]
        more = len(self.failed) - _LISTED
        raise DataError(
            f'{len(self.failed)} of {self.done + len(self.failed)} scenes failed; the others are '
            'done:\n'
            + '\n'.join(lines)
            + (f'\n  and {more} more' if more > 0 else '')
            + '\nReplace '
            f'or remove them and start again; {self.out}/manifest.jsonl lists all'
        )


class SceneArchive:
    """Detects in scenes and folders of scenes, with as many processes as there are.

    Results have the names of their scenes, in the same folders. ``OUT/manifest.jsonl`` has a line
    for each scene, written after its results. A run that was killed, or met scenes that it could
    not read, is started again: what is done stays, as long as the scene is the same file, of large
    scenes also the parts; failures are tried again. Results do not depend on the number of
    processes.

    Args:
        detector: See there.
        settings: What the results depend on beside the scenes; see :func:`settings_of`.
        outputs: What to write.
        land: Mask, see :class:`LandMask`.
    """

    def __init__(
        self,
        detector: SceneDetector,
        settings: Mapping[str, Any],
        outputs: Outputs | None = None,
        land: Path | None = None,
    ) -> None:
        self.detector, self.settings = detector, settings
        self.outputs = outputs or Outputs()
        self.mask = None if land is None else LandMask(land)

    def run(self, sources: Sequence[Path], out: Path, overwrite: bool = False) -> ArchiveSummary:
        """Detect in what is not done yet; every process calls it.

        Args:
            sources: Scenes, and folders of them.
            out: Folder of the results.
            overwrite: Do everything again where results were made with other settings.

        Raises:
            ConfigError: Another run writes to the folder, or a source does not exist.
            DataError: The results' folder was made with other settings.
        """
        processes = Processes()
        with ExitStack() as stack:
            plan = None
            if processes.rank == 0:
                plan = self._plan(sources, out, overwrite, processes.number, stack)
            scenes, shares = processes.from_first(plan)
            share = shares[processes.rank]
            total = sum(unit.tiles for unit in share)
            with (
                report(total, processes.rank, processes.number, 'detecting') as shown,
                closing(Log(out, processes.rank)) as log,
            ):
                for unit in share:
                    self._detect(scenes[unit.scene], unit, out, log, shown)
                processes.wait()
                # Scenes in pieces, now that all of them are there
                pieces = sorted({u.scene for part in shares for u in part if not u.whole})
                for scene in pieces[processes.rank :: processes.number]:
                    self._finish(scenes[scene], out, log)
            processes.wait()
            summary = self._summary(out) if processes.rank == 0 else None
            return processes.from_first(summary)

    def _plan(
        self, sources: Sequence[Path], out: Path, overwrite: bool, processes: int, stack: ExitStack
    ) -> Plan:
        """Find out what is not done yet, note what cannot be, and share the rest."""
        if out.exists() and not out.is_dir():
            raise ConfigError(f'{out} is a file; name a folder for the results')
        inside = [
            s
            for s in sources
            if s.is_dir() and s.resolve() in (out.resolve(), *out.resolve().parents)
        ]
        if inside:
            raise ConfigError(f'the folder of results {out} is among the scenes of {inside[0]}')
        scenes = list_scenes(sources, self.detector.pipeline.loader.name)
        out.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(out))
        settings = {**self.settings, 'outputs': vars(self.outputs)}
        if not claim(out / SETTINGS, settings, overwrite):
            shutil.rmtree(out / FOLDER, ignore_errors=True)
        names = [name for s in scenes for name in self.outputs.names(s.name)]
        remove_leftovers(out, names, SETTINGS)
        known = {scene.name for scene in scenes}
        # Results of scenes that are not asked for now stay, failures among them are forgotten.
        entries = {
            name: entry
            for name, entry in read_manifest(out, 'scene').items()
            if name in known or entry['status'] == 'done'
        }
        todo: dict[int, list[int]] = {}
        for number, scene in enumerate(scenes):
            entry = entries.get(scene.name)
            if entry is not None and _is_done(entry, scene, out):
                continue
            _remove_results(entries.pop(scene.name, {}), out)
            if scene.problem:
                entries[scene.name] = _failure(scene, scene.problem)
                continue
            todo[number] = [len(part) for part in parts_of(scene.shape, self.detector.tiling)]
        merge_manifest(out, entries)
        return scenes, share_scenes(todo, processes)

    def _detect(self, scene: SceneFile, unit: Unit, out: Path, log: Log, shown: Report) -> None:
        """Detect in parts of a scene; where these are all, write its results."""
        begun = shown.done
        files = PartFiles(out, scene.name, scene.stamp)
        kept = len(parts_of(scene.shape, self.detector.tiling)) > 1
        try:
            with open_raster(scene.path, self.detector.pipeline.loader.name) as raster:
                opened = self.detector.open(raster, self.mask)
                parts = []
                for number in unit.parts:
                    part = files.read(number) if kept else None
                    if part is None:
                        part = self.detector.detect(
                            opened, number, lambda count: shown.advance(count=count)
                        )
                        if kept:
                            files.write(number, part)
                    else:
                        shown.advance(count=len(opened.parts[number]))
                    parts.append(part)
                if unit.whole:
                    log.append(self._write(scene, opened, parts, out))
                    files.remove()
        except DataError as error:
            log.append(_failure(scene, str(error)))
            shown.advance(failed=True, count=unit.tiles - (shown.done - begun))

    def _finish(self, scene: SceneFile, out: Path, log: Log) -> None:
        """Write the results of a scene that was done in pieces."""
        files = PartFiles(out, scene.name, scene.stamp)
        try:
            with open_raster(scene.path, self.detector.pipeline.loader.name) as raster:
                opened = self.detector.open(raster, self.mask)
                parts = [files.read(number) for number in range(len(opened.parts))]
                found = [part for part in parts if part is not None]
                if len(found) == len(parts):  # otherwise a process has noted why not
                    log.append(self._write(scene, opened, found, out))
                    files.remove()
        except DataError as error:
            log.append(_failure(scene, str(error)))

    def _write(self, scene: SceneFile, opened: Any, parts: Sequence[Any], out: Path) -> Entry:
        found = self.detector.merge(opened, parts)
        found = replace(found, name=scene.path.name)
        bands = self.detector.pipeline.loader.bands
        written = self.outputs.write(out, scene.name, opened.raster, found, bands)
        return {
            'scene': scene.name,
            'path': str(scene.path),
            'stamp': scene.stamp,
            'status': 'done',
            'detections': len(found),
            'tiles': found.tiles,
            'skipped': found.skipped,
            'files': written,
        }

    def _summary(self, out: Path) -> ArchiveSummary:
        """Write one manifest (the first process)."""
        entries = read_manifest(out, 'scene')
        merge_manifest(out, entries)
        parts = out / FOLDER
        if parts.is_dir() and not any(path.is_file() for path in parts.rglob('*')):
            shutil.rmtree(parts, ignore_errors=True)
        done = [entry for entry in entries.values() if entry['status'] == 'done']
        failed = {
            k: str(v['reason']) for k, v in sorted(entries.items()) if v['status'] == 'failed'
        }
        return ArchiveSummary(out, len(done), sum(e['detections'] for e in done), failed)


def settings_of(detector: SceneDetector, checkpoint: str | None, **more: Any) -> dict[str, Any]:
    """Return what results depend on: the config, the weights and the settings of tiles.

    Args:
        detector: See there.
        checkpoint: Its file; its content counts, not its name.
        **more: Further settings.
    """
    config = detector.config
    parts = {key: config.get(key) for key in ('model', 'test_dataloader', 'tta_model')}
    text = hashlib.blake2s(repr(_plain(parts)).encode()).hexdigest()
    weights = None
    if checkpoint is not None and '://' not in checkpoint:
        with open(checkpoint, 'rb') as file:
            weights = hashlib.file_digest(file, 'blake2s').hexdigest()
    return {
        'config': text,
        'checkpoint': weights or checkpoint,
        'tile': detector.tiling.size,
        'overlap': detector.tiling.overlap,
        'batch_size': detector.batch_size,
        'score_thr': detector.score_thr,
        'iou_thr': detector.iou_thr,
        'height': detector.height,
        **more,
    }


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _plain(node[key]) for key in sorted(node, key=str)}
    return [_plain(item) for item in node] if isinstance(node, list | tuple) else node


def _failure(scene: SceneFile, reason: str) -> Entry:
    return {
        'scene': scene.name,
        'path': str(scene.path),
        'stamp': scene.stamp,
        'status': 'failed',
        'reason': reason,
    }


def _remove_results(entry: Entry, out: Path) -> None:
    """Remove what was made of another version of a scene."""
    for name in entry.get('files', ()):
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _is_done(entry: Entry, scene: SceneFile, out: Path) -> bool:
    return (
        entry['status'] == 'done'
        and not scene.problem
        and entry['stamp'] == scene.stamp
        and all((out / name).exists() for name in entry['files'])
    )
