"""All figures of optical-SAR matching, from one run over the pairs."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmsar.errors import ConfigError
from mmsar.evaluation import report
from mmsar.evaluation.pairs import report as pairs_report
from mmsar.evaluation.pairs import scores
from mmsar.evaluation.pairs.picture import draw_histogram, histogram
from mmsar.evaluation.pairs.records import PairRecord, clusters, codes_by_image, read_pair
from mmsar.evaluation.pairs.retrieval import recall_at
from mmsar.evaluation.pairs.threshold import require_threshold
from mmsar.registry import METRICS


@METRICS.register_module()
class MatchingMetric(BaseMetric):
    """Accuracy, precision, recall, AUC, equal error rate and retrieval of image pairs.

    docs/matching.md defines every number. A sample must have ``label``, ``distance``, ``sar_id``
    and ``optical_id``; for retrieval ``z_sar`` and ``z_optical``; for the interval of the AUC it
    should have ``sar_group``, the scene. A radar and an optical image with the same number are
    partners.

    Args:
        threshold: Pairs with a distance up to this, from 0 to 1, are said to match; 0.38 is that of
            the published code. ``'best'`` takes the one with the highest accuracy on the pairs that
            are evaluated, so accuracy, precision and recall are then too good for a test set.
        retrieval_k: For retrieval, numbers of images looked at; empty: no retrieval.
        out_file: JSON file for all figures, with settings, histogram and ROC curve.
        histogram: PNG file for the distances of both kinds of pairs.
        resamples: Of the bootstrap for the interval of the AUC; its draws are the same each time.
        prefix: Put before all names. Default: ``matching``.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ConfigError: An argument is out of range.
    """

    default_prefix = 'matching'

    def __init__(
        self,
        threshold: float | str = 0.38,
        retrieval_k: Sequence[int] = (1, 5, 10),
        out_file: str | os.PathLike[str] | None = None,
        histogram: str | os.PathLike[str] | None = None,
        resamples: int = 1000,
        prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix=prefix, **kwargs)
        if threshold != 'best':
            require_threshold(threshold, 'MatchingMetric', " or 'best'")
        if not all(isinstance(k, int) and k > 0 for k in retrieval_k):
            raise ConfigError(f'MatchingMetric: retrieval_k={retrieval_k!r} are not all above zero')
        if not (isinstance(resamples, int) and resamples >= 100):
            raise ConfigError(f'MatchingMetric: resamples={resamples!r}; give at least 100')
        if histogram is not None and Path(histogram).suffix.lower() != '.png':
            raise ConfigError(f'MatchingMetric: histogram={str(histogram)!r} must end in .png')
        self.threshold = threshold
        self.retrieval_k = tuple(retrieval_k)
        self.out_file = out_file
        self.histogram = histogram
        self.resamples = resamples

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep labels, distances and codes of a batch (called by mmengine)."""
        self.results += [read_pair(sample) for sample in data_samples]

    def compute_metrics(self, results: list[PairRecord]) -> dict[str, float]:
        """Evaluate, log, write and draw (called by mmengine on the main process)."""
        names = [record.name for record in results]
        distances, labels = scores.require_pairs(
            [record.distance for record in results], [record.label for record in results], names
        )
        members, unit = clusters(results)
        curve = scores.curve(distances, labels)
        best = curve.best_threshold()
        threshold = best if self.threshold == 'best' else float(self.threshold)
        low, high = scores.auc_interval(distances, labels, members, self.resamples)
        metrics = {
            **scores.rates(distances, labels, threshold),
            'threshold': threshold,
            'AUC': curve.auc(),
            'AUC_low': low,
            'AUC_high': high,
            'EER': curve.eer(),
            'best_accuracy': scores.rates(distances, labels, best)['accuracy'],
            'best_threshold': best,
        }
        counts = {'match': int(labels.sum()), 'no_match': int((~labels).sum())}
        counts[unit.replace(' ', '_')] = len(np.unique(members))
        metrics |= self._retrieve(results, counts)
        source = 'the best on these pairs' if self.threshold == 'best' else 'the config'
        print_log(f'\n{pairs_report.format_table(metrics, counts, source, unit)}', logger='current')
        if self.out_file:
            content = {
                'settings': {'threshold': self.threshold, 'retrieval_k': self.retrieval_k},
                'threshold_from': source,
                'interval_over': unit,
                'counts': counts,
                'metrics': metrics,
                'histogram': histogram(distances, labels),
                'roc': pairs_report.roc(curve),
            }
            report.write_json(self.out_file, content)
        if self.histogram:
            title = f'AUC {metrics["AUC"]:.3f}, accuracy {metrics["accuracy"]:.3f}'
            draw_histogram(self.histogram, distances, labels, threshold, title)
        # -1, as SARDetMetric has it: a NaN would spoil the choice of the best checkpoint.
        return {key: -1.0 if np.isnan(value) else value for key, value in metrics.items()}

    def _retrieve(self, results: list[PairRecord], counts: dict[str, int]) -> dict[str, float]:
        """Find partners both ways; add the numbers of images to the counts."""
        sar, optical = (codes_by_image(results, view) for view in ('sar', 'optical'))
        if not self.retrieval_k or sar is None or optical is None:
            return {}
        found = {}
        for source, target, (numbers, queries), (others, gallery) in (
            ('sar', 'optical', sar, optical),
            ('optical', 'sar', optical, sar),
        ):
            counts[f'{source}_images'] = len(numbers)
            # Images whose partner is not in the set are still among those searched.
            asked = np.isin(numbers, others)
            partners = np.searchsorted(others, numbers[asked])
            shares = recall_at(queries[asked], gallery, partners, self.retrieval_k)
            for k, share in zip(self.retrieval_k, shares, strict=True):
                found[f'{source}_to_{target}_recall_at_{k}'] = share
        return found
