"""Which references an image gets, and who migrates it."""

from collections import Counter
from itertools import product

import pytest

from mmsar.engine.migration.image_files import ImageFile, output_names
from mmsar.engine.migration.references import Choice, References, read_choice
from mmsar.engine.migration.shares import make_batches, share
from mmsar.engine.resumable.progress import Lines
from mmsar.errors import ConfigError, DataError


def files(count, shape=(16, 16), labels='ab'):
    return [
        ImageFile(f'{labels[n % len(labels)]}/{n:03d}.png', str(n), shape) for n in range(count)
    ]


def test_references_depend_on_seed_and_name():
    styles, contents = files(12, (20, 16)), files(200)
    found = References(styles, Choice(number=3, sets=4))
    chosen = [found.of(content) for content in contents]
    assert all(len(set(names)) == 3 for names in chosen)
    counts = Counter(chosen)
    assert len(counts) == 4
    assert min(counts.values()) > 200 / 4 * 0.6
    # Neither the other contents nor their order matter.
    again = References(styles, Choice(number=3, sets=4))
    assert [again.of(content) for content in contents[::-1]] == chosen[::-1]
    other = References(styles, Choice(number=3, sets=4, seed=1))
    assert [other.of(content) for content in contents] != chosen


def test_references_of_the_same_class():
    styles, contents = files(8), files(20)
    found = References(styles, Choice(same_class=True))
    for content in contents:
        (name,) = found.of(content)
        assert name[0] == content.label
    mixed = References(styles, Choice())
    assert any(mixed.of(content)[0][0] != content.label for content in contents)
    with pytest.raises(DataError, match=r"no folder 'c'; it has a, b.*same_class=False"):
        found.require_classes(files(3, labels='abc'))
    mixed.require_classes(files(3, labels='abc'))


def test_references_are_as_large_as_the_image():
    styles = [*files(5, (16, 16)), ImageFile('b/large.png', '', (40, 16))]
    found = References(styles, Choice())
    large = ImageFile('a/x.png', '', (30, 16))
    assert found.of(large) == ('b/large.png',)
    with pytest.raises(DataError, match='41 rows and 16 columns, and 0 references are as large'):
        found.of(ImageFile('a/x.png', '', (41, 16)))
    with pytest.raises(DataError, match=r'1 references are as large; styles\.number=2'):
        References(styles, Choice(number=2)).of(large)
    broken = ImageFile('a/y.png', '', (0, 0), 'y.png is empty')
    with pytest.raises(DataError, match=r'1 of 7 references cannot be read: y\.png is empty'):
        References([*styles, broken], Choice())


def test_digest_of_references():
    styles = files(3)
    digest = References(styles, Choice()).digest
    changed = [*styles[:2], ImageFile(styles[2].name, 'other', styles[2].shape)]
    assert References(changed, Choice()).digest != digest
    assert References(styles[:2], Choice()).digest != digest
    assert References(files(3), Choice(seed=2)).digest == digest


def test_bad_choice():
    for settings, match in (
        ({'number': 0}, r'styles\.number=0'),
        ({'sets': 1.5}, r'styles\.sets=1\.5'),
        ({'count': 3}, "styles has no 'count'; it has number, sets"),
    ):
        with pytest.raises(ConfigError, match=match):
            read_choice(settings)


def test_shares_are_even():
    cases = [(1, 1), (7, 1), (23, 1), (50, 4), (64, 8)]
    for (count, sets), processes in product(cases, (1, 2, 3, 5)):
        contents = files(count)
        references = {content: (str(n % sets),) for n, content in enumerate(contents)}
        batches = make_batches(references, 4, processes)
        shares = share(batches, processes)
        dealt = [content.name for part in shares for batch in part for content in batch.contents]
        assert sorted(dealt) == sorted(content.name for content in contents)
        for batch in batches:
            assert 1 <= len(batch.contents) <= 4
            assert {references[content] for content in batch.contents} == {batch.references}
        numbers = [sum(len(batch.contents) for batch in part) for part in shares]
        assert max(numbers) - min(numbers) <= max(len(batch.contents) for batch in batches)
        assert min(numbers) > 0 or count < processes
        if sets == 1 and count >= 4 * processes:
            assert max(numbers) - min(numbers) <= processes


def test_batches_have_one_size():
    small, large = files(6, (16, 16), 'a'), files(6, (32, 16), 'b')
    batches = make_batches(dict.fromkeys(small + large, ('r',)), 4)
    assert sorted(len(batch.contents) for batch in batches) == [3, 3, 3, 3]
    assert {len({c.shape for c in batch.contents}) for batch in batches} == {1}
    (first, *_), (second, *_) = share(batches, 2)
    assert first.cost == second.cost == 3 * 32 * 16


def test_output_names():
    names = ['a/x.png', 'a/y.TIF', 'z.npy', 'a/b/HB03333.015', 'j.jpg', 'm.mat', 'bare']
    assert list(output_names(names).values()) == [
        'a/x.png', 'a/y.TIF', 'z.npy', 'a/b/HB03333.015.npy', 'j.png', 'm.npy', 'bare.npy',
    ]  # fmt: skip
    with pytest.raises(DataError, match=r'j\.jpg and j\.png would both be written to j\.png'):
        output_names(['j.jpg', 'j.png'])


def test_time_that_remains():
    lines = Lines(100, 'migrating')
    lines.done, lines.failed = 20, 1
    assert lines.line(60) == 'migrating: 20 of 100, 1 failed, 0:04:00 remaining'
