"""Migrating a folder: batches, failures, interruptions, other settings."""

import json
import os
import shutil
import signal

import numpy as np
import pytest
import toy_migration as toy
from toy_migration import ToyMigrator, images

from mmsar.engine.migration import Migration, MigrationSettings
from mmsar.engine.resumable.manifest import read_manifest
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster, write_raster


@pytest.fixture
def data(tmp_path):
    toy.write_data(tmp_path, 10)
    return tmp_path


def migrate(folder, out='out', log='seen.txt', refuse=-1, spoil=-1, content='content', **settings):
    settings = {'styles': {'sets': 2}, 'batch_size': 4, **settings}
    settings = MigrationSettings({'type': 'ToyMigrator'}, **settings)
    job = Migration(settings, folder / content, folder / 'style', folder / out)
    return job.run(lambda: ToyMigrator(str(folder / log), refuse, spoil))


def test_results(data):
    summary = migrate(data)
    assert (summary.total, summary.migrated, summary.failed) == (10, 10, {})
    assert list(images(data / 'out')) == list(images(data / 'content'))
    assert sorted(toy.seen(data / 'seen.txt')) == list(range(10))
    assert max(toy.batches(data / 'seen.txt')) > 1
    for name, entry in read_manifest(data / 'out').items():
        content, reference = (
            read_raster(data / folder / file)[0][..., 0]
            for folder, file in (('content', name), ('style', entry['references'][0]))
        )
        cut = reference[2:-2, 2:-2]  # (20, 16) about the centre of (16, 12)
        found, meta = read_raster(data / 'out' / entry['output'])
        assert meta.dtype == 'uint8'
        np.testing.assert_allclose(found[..., 0], content / 2 + cut.mean() / 2, atol=0.51)
        assert entry['losses']['distance'] == pytest.approx(content.mean() / 255)
        assert entry['status'] == 'done'
        assert entry['patches'] is None
    # The second start finds all of it.
    again = migrate(data)
    assert (again.total, again.migrated) == (10, 0)
    assert str(again) == f'{data / "out"}: 0 images migrated, 10 were there before'
    assert len(toy.seen(data / 'seen.txt')) == 10


def test_batches_equal_single_images(data):
    migrate(data)
    migrate(data, 'single', 'alone.txt', batch_size=1)
    assert set(toy.batches(data / 'alone.txt')) == {1}
    assert images(data / 'single') == images(data / 'out')


def test_failures_are_listed_and_the_rest_goes_on(data):
    names = [f'{"ab"[n % 2]}/{n:03d}.png' for n in range(10)]
    expected = dict(zip(names, images_of(data), strict=True))
    whole = (data / 'content' / names[1]).read_bytes()
    (data / 'content' / names[1]).write_bytes(whole[: len(whole) // 2])
    (data / 'content' / names[2]).write_bytes(b'')
    write_raster(data / 'content' / names[3], np.zeros((30, 12), np.uint8))
    write_raster(data / 'content' / names[4], np.zeros((16, 12), np.uint16))
    summary = migrate(data, refuse=5, spoil=6)
    assert summary.total == 4
    assert set(summary.failed) == {names[n] for n in range(1, 7)}
    reasons = [summary.failed[names[n]] for n in range(1, 7)]
    causes = ('truncated', 'empty', 'references are as large', 'uint16', 'refused', 'NaN')
    for reason, cause in zip(reasons, causes, strict=True):
        assert cause in reason
    kept = images(data / 'out')
    assert kept == {names[n]: expected[names[n]] for n in (0, 7, 8, 9)}
    with pytest.raises(DataError, match=r'(?s)6 of 10 images could not.*a/002.png: .*is empty'):
        summary.require_complete()
    lines = (data / 'out' / 'manifest.jsonl').read_text().splitlines()
    assert sum(json.loads(line)['status'] == 'failed' for line in lines) == 6
    # They are tried again, and nothing else is.
    (data / 'content' / names[1]).write_bytes(whole)
    before = len(toy.seen(data / 'seen.txt'))
    summary = migrate(data)
    assert set(summary.failed) == {names[n] for n in (2, 3, 4)}
    assert sorted(toy.seen(data / 'seen.txt')[before:]) == [1, 5, 6]
    assert {name: expected[name] for name in images(data / 'out')} == images(data / 'out')


def images_of(data):
    """Return what becomes of all images, in the order of their numbers."""
    migrate(data, 'expected', 'expected.txt')
    found = images(data / 'expected')
    return [found[name] for name in sorted(found, key=lambda name: name[2:])]


def test_a_changed_content_is_migrated_again(data):
    migrate(data)
    before = images(data / 'out')
    write_raster(data / 'content' / 'a' / '004.png', np.full((16, 12), 4, np.uint8))
    (data / 'out' / 'b' / '003.png').unlink()
    summary = migrate(data)
    assert summary.migrated == 2
    assert sorted(toy.seen(data / 'seen.txt')[10:]) == [3, 4]
    changed = {name for name, image in images(data / 'out').items() if image != before[name]}
    assert changed == {'a/004.png'}
    # Of a content that cannot be read any more, the old result does not stay.
    (data / 'content' / 'a' / '004.png').write_bytes(b'')
    assert set(migrate(data).failed) == {'a/004.png'}
    assert not (data / 'out' / 'a' / '004.png').exists()


def test_half_a_line_counts_for_nothing(data):
    migrate(data)
    manifest = data / 'out' / 'manifest.jsonl'
    lines = manifest.read_text().splitlines(keepends=True)
    for number, rest in enumerate((lines[0][:9], lines[0][:-3], lines[0][:-1], 'x\n', '[]\n')):
        manifest.write_text(''.join(lines[2:]))
        (data / 'out' / 'manifest.rank1.jsonl').write_text(lines[1] + rest)
        assert migrate(data).migrated == 1
        assert toy.seen(data / 'seen.txt')[10 + number :] == [0]
        assert manifest.read_text().splitlines(keepends=True) == lines
        assert not list((data / 'out').glob('*rank*'))


def test_killed_at_any_moment(data, monkeypatch):
    """A kill before or after any file is on the disk: nothing is lost, or done twice."""
    job = {'batch_size': 2}
    for number in range(3, 10):
        (data / 'content' / f'{"ab"[number % 2]}/{number:03d}.png').unlink()
    migrate(data, 'whole', 'whole.txt', **job)
    expected = images(data / 'whole')
    sync, moments = os.fsync, 0
    while True:
        out, log = f'out{moments}', data / f'seen{moments}.txt'
        left = moments

        def fatal(handle):
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            sync(handle)

        def run(out=out, log=log, fatal=fatal):
            os.fsync = fatal
            migrate(data, out, log.name, **job)

        if toy.status(toy.fork(run)) == 0:
            break
        before = toy.seen(log) if log.exists() else []
        done = {
            int(name[2:5])
            for name, entry in read_manifest(data / out).items()
            if entry['status'] == 'done'
        }
        summary = migrate(data, out, log.name, **job)
        assert summary.total == 3
        after = toy.seen(log)[len(before) :] if log.exists() else []
        assert not done & set(after), 'what was done is done again'
        assert done | set(after) == {0, 1, 2}
        assert images(data / out) == expected
        assert not [p for p in (data / out).rglob('.*') if p.name != '.lock']
        shutil.rmtree(data / out)
        moments += 1
    assert moments > 12


def test_other_settings_are_refused(data):
    migrate(data)
    match = r'other settings: stretch.high was 255 and is 200|stretch.high was None and is 200'
    with pytest.raises(DataError, match=match):
        migrate(data, stretch={'rule': 'fixed', 'low': 0, 'high': 200})
    with pytest.raises(DataError, match=r'styles\.seed was 0 and is 1.*--overwrite'):
        migrate(data, styles={'sets': 2, 'seed': 1})
    migrate(data, batch_size=1)  # does not change what an image becomes
    assert len(toy.seen(data / 'seen.txt')) == 10
    toy.write_images(data / 'style', 7, (20, 16), seed=1)
    with pytest.raises(DataError, match='the images of the style folder'):
        migrate(data)
    assert migrate(data, overwrite=True).migrated == 10
    assert migrate(data).migrated == 0
    (data / 'out' / 'migration.json').write_text('{')
    with pytest.raises(DataError, match=r'migration\.json is damaged.*overwrite'):
        migrate(data)


def test_folders(data, tmp_path):
    for content, match in (('nowhere', 'is not a folder'), ('empty', 'has no images')):
        (data / 'empty').mkdir(exist_ok=True)
        with pytest.raises(DataError, match=f'the content folder .*{match}'):
            migrate(data, content=content)
    for out in ('content', 'content/a/out', 'style/out', '.'):
        with pytest.raises(ConfigError, match='contain one another'):
            migrate(data, out)
    with pytest.raises(ConfigError, match="needs the folder 'style'"):
        Migration(MigrationSettings({}), data, None, data / 'out')
    (data / 'file').write_text('')
    with pytest.raises(ConfigError, match='is a file; name a folder'):
        migrate(data, 'file')
    shutil.copytree(data / 'content', data / 'foreign')
    with pytest.raises(DataError, match=r'has images .* that were not made here'):
        migrate(data, 'foreign')
    assert len(images(data / 'foreign')) == 10
    migrate(data)
    (data / 'content' / 'a' / '002.png').unlink()
    with pytest.raises(DataError, match=r'1 images that are made of none of the contents: a/002'):
        migrate(data)


def test_references_that_cannot_be_used_are_found_before_the_work(data):
    broken = data / 'style' / 'a' / '000.png'
    broken.write_bytes(broken.read_bytes()[:50])
    with pytest.raises(DataError, match='1 of 6 references cannot be read'):
        migrate(data)
    toy.write_images(data / 'style', 6, (20, 16), seed=1)
    for path in (data / 'style').rglob('*.png'):
        write_raster(path, np.ones((20, 16), np.uint16))
    with pytest.raises(DataError, match='holds uint16 values'):
        migrate(data)
    assert not (data / 'seen.txt').exists()


def test_two_runs_at_once(data):
    from mmsar.engine.resumable.folder import locked

    (data / 'out').mkdir()
    with locked(data / 'out'), pytest.raises(ConfigError, match='another run writes to'):
        migrate(data)
    migrate(data)


def test_bad_models(data):
    class Cropping(ToyMigrator):
        def migrate(self, contents, styles):
            return super().migrate(contents[..., 1:], styles)

    job = Migration(MigrationSettings({}), data / 'content', data / 'style', data / 'out')
    with pytest.raises(ConfigError, match=r'Cropping\.migrate returned \(\d, 1, 16, 11\)'):
        job.run(lambda: Cropping(str(data / 'seen.txt')))

    class Large(ToyMigrator):
        def migrate(self, contents, styles):
            import torch

            raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate')

    with pytest.raises(ConfigError, match=r'memory does not suffice for \d images.*batch_size'):
        job.run(lambda: Large(''))
    with pytest.raises(ConfigError, match='batch_size=0'):
        MigrationSettings({}, batch_size=0)
