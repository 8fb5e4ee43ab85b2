"""Gather the results of tests, and write the page that lists them.

Each test_results.json (written by tools/test.py) is copied to a small record without paths; the
page is made of the records alone. Of two records of the same config and seed, the newer is kept.
The same is done with the table.json of few_shot.py; its record has the name of the folder.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from mmsar.apis.explain import run_tool
from mmsar.apis.provenance import NAME
from mmsar.apis.results.few_shot import find_tables, publish_table, published_tables
from mmsar.apis.results.page import render
from mmsar.apis.results.records import find_records, publish, read_record
from mmsar.io import replacing

DOCS = Path(__file__).parents[2] / 'docs'


def main(argv: Sequence[str] | None = None) -> None:
    """Collect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'sources', type=Path, nargs='*', metavar='WORK_DIR',
        help='work folders, those of few_shot.py --out too, or files of cfar.py --out; none: write '
        'the page from the records',
    )  # fmt: skip
    parser.add_argument(
        '--records', type=Path, default=DOCS / 'results', help='folder of the records'
    )
    parser.add_argument('--page', type=Path, default=DOCS / 'results.md', help='page to write')
    args = parser.parse_args(argv)
    found = {source: find_tables(source) for source in args.sources}
    # A folder has tables, or records, or both; one without either is an error.
    tested = [source for source in found if not found[source] or any(source.rglob(NAME))]
    for record in [record for source in tested for record in find_records(source)]:
        print(publish(record, args.records))
    for table in [table for tables in found.values() for table in tables]:
        print(publish_table(table, args.records))
    records = [read_record(path) for path in sorted(args.records.glob('*.json'))]
    with replacing(args.page) as temporary:
        page = render(records, published(), published_tables(args.records))
        temporary.write_text(page, encoding='utf-8')
    print(f'wrote {args.page}: {len(records)} records')


def published() -> dict[str, Any]:
    """Return names and figures of docs/results/published.yml."""
    return yaml.safe_load((DOCS / 'results' / 'published.yml').read_text(encoding='utf-8'))


if __name__ == '__main__':
    run_tool(main)
