"""Beam on a Spark cluster without a job server of Maven: the runner of PyPI's beam-pyspark-runner, and Reshuffle.

Beam's own SparkRunner sends the pipeline to a job server, a Java program of Maven. This one calls pyspark. Its author
tried Beam 2.48; in later ones Reshuffle asks for an element's time, which this runner does not have.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.pipeline import AppliedPTransform, PTransformOverride
from beam_pyspark_runner.pyspark_runner import PySparkRunner


class SparkRunner(PySparkRunner):
    """Runs a pipeline of Create, ParDo, Reshuffle and GroupByKey on the cluster of pyspark's settings."""

    def run_pipeline(self, pipeline: beam.Pipeline, options: Any) -> Any:
        """Runs the pipeline to its end."""
        pipeline.replace_all([_ReshuffleOverride()])
        return super().run_pipeline(pipeline, options)


class _ReshuffleOverride(PTransformOverride):
    def matches(self, applied_ptransform: AppliedPTransform) -> bool:
        return isinstance(applied_ptransform.transform, beam.Reshuffle)

    def get_replacement_transform_for_applied_ptransform(
        self, applied_ptransform: AppliedPTransform
    ) -> beam.PTransform:
        return _Spread()


class _Spread(beam.PTransform):
    """Groups elements by a random number, so that they go to any worker."""

    def expand(self, elements: beam.PCollection) -> beam.PCollection:
        return elements | beam.Map(_numbered) | beam.GroupByKey() | beam.FlatMap(_elements_of)


def _numbered(element: Any) -> tuple[int, Any]:
    return random.getrandbits(32), element


def _elements_of(group: tuple[int, Iterable[Any]]) -> Iterable[Any]:
    return group[1]
