"""What claims are judged by: differences of rows and means of differences, each with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.results import Cell, Contrast, Results
from emotionet_tf.experiments.scores.verdicts import Claim, Comparison, combined_verdict, verdict_on_gain

Verdict = Callable[[Interval | None], str]
"""`verdicts.verdict_on_gain` or another rule."""


def judged_set(results: Results) -> str:
    """Returns the set that claims are judged on: test, on which nothing was ever chosen, or opt-val where it is not."""
    return "test" if "test" in results.datasets() else "opt-val"


def compare(
    results: Results,
    dataset: str,
    key: str,
    other: str,
    *,
    aus: Sequence[int] = ACTION_UNITS,
    measure: str = "ranking_score",
    alike: Sequence[Contrast] = (),
    verdict: Verdict = verdict_on_gain,
    published: float | None = None,
    suffix: str = "",
    decides: bool = True,
) -> Comparison:
    """Returns the comparison of two rows: `key` minus `other`, paired in persons and seeds.

    Args:
      results: Of a run, finished or not.
      dataset: A scored set.
      key: What is claimed to be better.
      other: What it is compared with.
      aus: The scores are means over these.
      measure: One of `bootstrap.MEASURES`.
      alike: Differences, as `contrasts` returns them, that spread between seeds as this one does.
      verdict: The rule.
      published: The paper's difference, of the same measure.
      suffix: Ends the title.
      decides: Whether the claim is judged by it.
    """
    contrast = results.pair(key, other, dataset, aus)
    interval = (
        None
        if contrast is None
        else results.contrast_interval(contrast, dataset, alike=alike, measure=measure)
    )
    return Comparison(
        f"{key} - {other}{suffix}",
        interval,
        verdict(interval),
        dataset,
        published,
        len(aus),
        decides,
        measure,
    )


def contrasts(
    results: Results, dataset: str, pairs: Iterable[tuple[str, str]], aus: Sequence[int] = ACTION_UNITS
) -> list[dict[Cell, float]]:
    """Returns the differences of the pairs that were run."""
    found = (results.pair(key, other, dataset, aus) for key, other in pairs)
    return [contrast for contrast in found if contrast is not None]


def mean_of(contrasts: Sequence[Contrast]) -> dict[Cell, float]:
    """Returns the mean of several differences, which is one difference with an interval of its own."""
    return sum_of([(1 / len(contrasts), contrast) for contrast in contrasts])


def sum_of(terms: Iterable[tuple[float, Contrast]]) -> dict[Cell, float]:
    """Returns the sum of differences times their factors."""
    total: dict[Cell, float] = {}
    for factor, contrast in terms:
        for cell, weight in contrast.items():
            total[cell] = total.get(cell, 0.0) + factor * weight
    return total


def judged_by(
    judges: Iterable[Callable[[Results, str], Claim]], results: Results, dataset: str | None = None
) -> list[Claim]:
    """Judges a paper's claims.

    Args:
      judges: Each judges one claim by the scores on a set.
      results: Of a run, finished or not.
      dataset: A scored set; None is the test set where anything is scored on it, else opt-val.
    """
    chosen = dataset or judged_set(results)
    return [judge(results, chosen) for judge in judges]


def claim_of(key: str, title: str, text: str, comparisons: Iterable[Comparison]) -> Claim:
    """Returns a claim, judged by those of the comparisons that decide; they come first."""
    ordered = sorted(comparisons, key=lambda comparison: not comparison.decides)
    return Claim(key, title, text, tuple(ordered), combined_verdict(ordered))
