"""The record of a long job."""

from pathlib import Path

from mmsar.engine.image_jobs import manifest


def test_read_while_the_logs_are_merged(tmp_path, monkeypatch):
    """A log that is gone when it is opened was merged before."""
    entry = {'content': 'a.png', 'status': 'done'}
    log = manifest.Log(tmp_path, 0)
    log.append(entry)
    log.close()
    lines = manifest._lines

    def merged_first(path: Path, key: str):
        if path == log.path:
            manifest.merge_manifest(tmp_path, {'a.png': entry})
        return lines(path, key)

    monkeypatch.setattr(manifest, '_lines', merged_first)
    assert manifest.read_manifest(tmp_path) == {'a.png': entry}
    assert not log.path.exists()
