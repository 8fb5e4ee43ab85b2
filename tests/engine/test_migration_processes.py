"""Two processes share a migration; results do not depend on their number, nor on batches."""

import numpy as np
import pytest
import torch
import toy_migration as toy
from toy_migration import ToyMigrator, images

from mmsar.engine.migration import Migration, MigrationSettings
from mmsar.engine.resumable.manifest import read_manifest
from mmsar.errors import DataError
from mmsar.io import read_raster, write_raster
from mmsar.registry import MODELS


def together(run):
    """Run something in two processes of one group; return their exit statuses."""

    def join(rank):
        torch.distributed.init_process_group('gloo')
        run(rank)
        torch.distributed.destroy_process_group()

    return toy.fork_two(join)


def migrate(folder, out, log, **settings):
    settings = {'styles': {'sets': 2}, 'batch_size': 4, **settings}
    job = Migration(
        MigrationSettings({'type': 'ToyMigrator'}, **settings),
        folder / 'content', folder / 'style', folder / out,
    )  # fmt: skip
    return job.run(lambda: ToyMigrator(str(folder / log)))


def test_two_processes(tmp_path):
    toy.write_data(tmp_path, 21)
    (tmp_path / 'content' / 'a' / '004.png').write_bytes(b'')

    def run(rank):
        summary = migrate(tmp_path, 'two', f'rank{rank}.txt')
        assert (summary.total, summary.migrated) == (20, 20)
        assert list(summary.failed) == ['a/004.png']  # each of them knows

    assert together(run) == [0, 0]
    ranks = [toy.seen(tmp_path / f'rank{rank}.txt') for rank in range(2)]
    assert abs(len(ranks[0]) - len(ranks[1])) <= 4
    assert sorted(ranks[0] + ranks[1]) == [*range(4), *range(5, 21)]
    migrate(tmp_path, 'one', 'one.txt')
    assert images(tmp_path / 'one') == images(tmp_path / 'two')
    one, two = (read_manifest(tmp_path / name) for name in ('one', 'two'))
    assert one == two
    assert not list((tmp_path / 'two').glob('*rank*'))
    # The second start has nothing to do but the failure, whoever starts it.
    assert migrate(tmp_path, 'two', 'again.txt').migrated == 0


def test_an_interrupted_run_goes_on_with_another_number_of_processes(tmp_path):
    toy.write_data(tmp_path, 12)
    expected = tmp_path / 'whole'
    migrate(tmp_path, 'whole', 'whole.txt')

    def run(rank):
        write, left = ToyMigrator.migrate, 1

        def stop(self, contents, styles):
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt  # after one batch
            left -= 1
            return write(self, contents, styles)

        ToyMigrator.migrate = stop
        migrate(tmp_path, 'out', f'rank{rank}.txt', batch_size=2)

    assert together(run) == [1, 1]
    logs = list((tmp_path / 'out').glob('manifest.rank*.jsonl'))
    done = set(read_manifest(tmp_path / 'out'))
    assert len(logs) == 2
    assert len(done) == 4
    assert migrate(tmp_path, 'out', 'one.txt', batch_size=3).migrated == 8
    assert not done & {f'{"ab"[n % 2]}/{n:03d}.png' for n in toy.seen(tmp_path / 'one.txt')}
    assert images(tmp_path / 'out') == images(expected)


def test_an_error_of_the_first_process_ends_the_others(tmp_path):
    toy.write_data(tmp_path, 4)

    def run(rank):
        # The second learns no more than that the first has left.
        with pytest.raises(DataError if rank == 0 else RuntimeError):
            migrate(tmp_path / 'nowhere', 'out', 'seen.txt')
        if rank == 0:
            raise SystemExit

    assert together(run) == [1, 0]


@pytest.mark.usefixtures('one_thread')
def test_attention_distillation_in_float64(tmp_path, small_stable_diffusion):
    """Batches, single images and two processes give the same, with the real thing."""
    pytest.importorskip('diffusers')
    rng = np.random.default_rng(0)
    for folder, count, looks in (('content', 3, 1), ('style', 2, 4)):
        for number in range(count):
            image = np.sqrt(rng.gamma(looks, 900 / looks, (32, 32))).astype(np.float32)
            write_raster(tmp_path / folder / f'{number}.npy', image.clip(1, 254))
    config = {
        'type': 'mmsar.AttentionDistillation',
        'pretrained': str(small_stable_diffusion),
        'size': 32,
        'steps': 2,
        'dtype': 'float64',
        'speckle': {'size': 8, 'patches': 4},
    }

    model = MODELS.build(config)

    def run(out, batch_size):
        settings = MigrationSettings(
            config, {'rule': 'fixed', 'low': 0, 'high': 255}, styles={'sets': 1, 'number': 2},
            batch_size=batch_size,
        )  # fmt: skip
        folders = (tmp_path / name for name in ('content', 'style', out))
        return Migration(settings, *folders).run(lambda: model)

    assert run('batch', 4).total == 3
    assert run('single', 1).total == 3
    assert together(lambda rank: run('two', 2)) == [0, 0]
    changed = []
    for number in range(3):
        content, *found = (
            read_raster(tmp_path / out / f'{number}.npy')[0]
            for out in ('content', 'batch', 'single', 'two')
        )
        for image in found[1:]:
            np.testing.assert_allclose(image, found[0], rtol=0, atol=1e-4)  # of 255
        changed.append(np.abs(found[0] - content).mean())
    assert min(changed) > 1
    entries = [read_manifest(tmp_path / out) for out in ('batch', 'single', 'two')]
    for name, entry in entries[0].items():
        assert set(entry['losses']) == {'ad', 'content', 'speckle', 'high_frequency'}
        assert entry['patches'] > 0
        for other in entries[1:]:
            assert other[name]['losses'] == pytest.approx(entry['losses'], rel=1e-7, abs=1e-9)
