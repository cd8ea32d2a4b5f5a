"""What sections on scores show in every paper's report: scores with intervals, everything, differences by AU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emotionet_tf.experiments.report.page import Content, Folded, Picture, picture_of
from emotionet_tf.experiments.report.score_figures import differences_per_au, scores_figure
from emotionet_tf.experiments.report.score_tables import all_scores_table
from emotionet_tf.experiments.scores.results import Results


def scores_content(
    results: Results,
    keys: Sequence[tuple[str, str]],
    *,
    name: str,
    title: str,
    alternative: str,
    caption: str = "",
) -> Content:
    """Returns a figure of some systems' scores on opt-val and test, and the folded tables of everything.

    Args:
      results: Of a run; what has no score yet is left out.
      keys: The systems in the figure, each with its label.
      name: Of the figure's file.
      title: Says what the figure shows.
      alternative: The same for those who do not see it.
      caption: What has to be known to read it.
    """
    content: list[Picture | Folded] = []
    sets = [one for one in ("opt-val", "test") if one in results.datasets()]
    if sets:
        figure = scores_figure(results, keys, sets)
        content.append(picture_of(figure, name, title, alternative, caption))
    every = tuple(all_scores_table(results, one) for one in results.datasets())
    if every:
        content.append(Folded("All scores of everything, set by set", every))
    return tuple(content)


def differences_content(
    results: Results,
    dataset: str,
    pairs: Mapping[str, tuple[str, str]],
    *,
    name: str,
    title: str,
    alternative: str,
    has_one_scale: bool = False,
) -> Content:
    """Returns a figure of differences by AU between those pairs of systems that were run; nothing where none was.

    Args:
      results: Of a run.
      dataset: A scored set.
      pairs: Keys of two systems by the panel's title.
      name: Of the figure's file.
      title: Says what the figure shows.
      alternative: The same for those who do not see it.
      has_one_scale: As `differences_per_au` takes it.
    """
    there = {label: pair for label, pair in pairs.items() if results.difference(*pair, dataset)}
    if not there:
        return ()
    figure = differences_per_au(results, dataset, there, has_one_scale=has_one_scale)
    return (picture_of(figure, name, title, alternative),)
