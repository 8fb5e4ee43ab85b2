"""Classify a folder of chips with a trained classifier: a table, and pages of pictures."""

import argparse
import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from mmsar.apis.cli import add_chips, list_chips, require_output
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.io import replacing


def main(argv: Sequence[str] | None = None) -> None:
    """Classify."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_chips(parser, 'of the classifier, or a work folder with a checkpoint')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.csv', help='the table')
    parser.add_argument(
        '--show-dir', type=Path, metavar='DIR', help='draw the chips under their classes, 40 a page'
    )
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.csv')
    names = list_chips(args.folder)
    from mmsar.apis.recognition.classifier import ChipClassifier

    fields = {'data_set': args.data_set} if args.data_set else None
    classifier = ChipClassifier(
        load_config(args.config, args.cfg_options), args.checkpoint, args.device, fields
    )
    paths = [str(args.folder / name) for name in names]
    with Progress() as progress:
        task = progress.add_task('classifying', total=len(names))
        verdicts = classifier(paths, args.batch_size, lambda count: progress.advance(task, count))
    said = [verdicts.classes[label] for label in verdicts.labels]
    best = verdicts.scores.max(1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['path', 'class', 'score', *verdicts.classes])
    for name, label, score, scores in zip(names, said, best, verdicts.scores, strict=True):
        writer.writerow([name, label, f'{score:.6f}', *(f'{value:.6f}' for value in scores)])
    with replacing(args.out) as temporary:
        temporary.write_text(text.getvalue(), encoding='utf-8')
    if args.show_dir:
        from mmsar.apis.recognition.pictures import draw_pages

        titles = [
            f'{Path(name).name}\n{label} {score:.0%}'
            for name, label, score in zip(names, said, best, strict=True)
        ]
        draw_pages(args.show_dir, paths, titles)
    for label, count in Counter(said).most_common():
        print(f'{count:6d}  {label}')
    print(f'wrote {args.out}: {len(names)} chips')


if __name__ == '__main__':
    run_tool(main)
