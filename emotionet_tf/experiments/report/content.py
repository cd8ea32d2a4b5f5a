"""What the report shows, in its order."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emotionet_tf.experiments.report import curve_figures, run_tables, score_figures, score_tables
from emotionet_tf.experiments.report.page import Folded, Page, Part, Picture
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Table
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import Claim
from emotionet_tf.experiments.werner2020.lineage import FUSIONS, TABLE_1
from emotionet_tf.experiments.werner2020.published import CLOSE_UP_KEY, CONTEXT_KEY, FIGURE_2

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Werner et al. 2020, “Facial Action Unit Recognition in the Wild with Multi-Task CNN Self-Training”, reproduced"
STAND_IN_WARNING = "Rendered faces with exact labels: no score here is a score on EmotioNet."
OWN_DATA_WARNING = (
    "Scores on the records that this run was given: {}. Only if these are EmotioNet's are they scores on "
    "EmotioNet."
)
_DOTS_PER_INCH = 130


def report_page(facts: RunFacts, results: Results, claims: Sequence[Claim]) -> Page:
    """Returns the report of a run, finished or not."""
    warning = (
        OWN_DATA_WARNING.format(facts.plan.layout.records_dir) if facts.plan.own_records else STAND_IN_WARNING
    )
    return Page(
        TITLE,
        warning,
        _notices(facts, results),
        (
            Part("claims-part", "Claims", _claims(claims)),
            Part("run-part", "The run", (run_tables.settings_table(facts, results),)),
            Part("table-1-part", "Table 1", _table_1(results)),
            Part(
                "tables-2-3-part",
                "Tables 2 and 3",
                (score_tables.table_2(results), score_tables.table_3(results)),
            ),
            Part(
                "figure-2-part",
                "Figure 2",
                _figure_2(results),
                _FIGURE_2_TEXT
                + " None of them was run." * (not set(FIGURE_2.values()) & set(results.keys())),
            ),
            Part("ablations-part", "Ablations", _ablations(results)),
            Part("labels-part", "Labels", (run_tables.labels_table(results),)),
            Part("curves-part", "Training curves", _curves(facts)),
            Part("commands-part", "Commands and hours", _commands(facts)),
        ),
    )


_FIGURE_2_TEXT = (
    "The paper's figure and its caption have five systems. The values of its bars are not printed, so ours "
    "stand alone. OwnNet8-Baseline can know only the 12 AUs with automatic labels; OpenFace-Baseline has only the pose "
    "AUs where OpenFace's output was not given."
)


def _notices(facts: RunFacts, results: Results) -> tuple[str, ...]:
    notices = [
        "Columns headed “published” are EmotioNet's, Table 1's its opt-val set. They are not comparable with ours in "
        "value, only in order."
    ]
    if facts.num_missing:
        notices.append(
            f"Unfinished: {facts.num_missing} of {len(facts.nodes)} commands are not done. What is missing says "
            "“not run”."
        )
    if not facts.plan.own_records and facts.plan.scale.name == "demo":
        notices.append(
            "Scale demo trains for a few steps, to see that everything runs: its scores mean nothing."
        )
    if any(network.pretraining_steps for network in facts.plan.scale.networks.values()):
        notices.append(
            "No network has ImageNet's weights: where the paper starts from them, a short pre-training on other "
            "rendered faces stands in, as “The run” says."
        )
    notices += [f"Cannot be used: {problem}" for problem in results.problems]
    return tuple(notices)


def _claims(claims: Sequence[Claim]) -> tuple[Table | Picture | Folded, ...]:
    content: list[Table | Picture | Folded] = [run_tables.claims_table(claims)]
    if any(one.interval is not None for claim in claims for one in claim.comparisons if one.decides):
        content.append(
            _picture(
                score_figures.claims_figure(claims),
                "claims",
                "The differences that decide the claims, with the paper's own",
                "Dots with bars: our differences of scores and their 95 % intervals by claim; diamonds: the paper's.",
            )
        )
    comparisons = run_tables.comparisons_table(claims)
    return (*content, Folded("All comparisons, and how each claim is judged", (comparisons,)))


def _table_1(results: Results) -> tuple[Table | Picture | Folded, ...]:
    sets = [name for name in ("opt-val", "test") if name in results.datasets()]
    content: list[Table | Picture | Folded] = [score_tables.table_1(results)]
    if sets:
        keys = [(row.key, score_tables.label_of(row)) for row in TABLE_1]
        keys += [(fusion.key, fusion.title) for fusion in FUSIONS]
        content.append(
            _picture(
                score_figures.scores_figure(results, keys, sets),
                "table_1",
                "Our scores of Table 1 with their 95 % intervals",
                "A dot with a bar for each row of Table 1 and each set that was scored.",
            )
        )
    every = tuple(score_tables.all_scores_table(results, name) for name in results.datasets())
    if every:
        content.append(Folded("All scores of everything, set by set", every))
    return tuple(content)


def _figure_2(results: Results) -> tuple[Table | Picture | Folded, ...]:
    sets = [name for name in results.datasets() if set(FIGURE_2.values()) & set(results.keys(name))]
    pictures = [
        _picture(
            score_figures.figure_2(results, name),
            f"figure_2_{name}",
            f"Per-AU scores of the five systems of Fig. 2 on the {name} set, with 95 % intervals",
            f"For each of the 23 AUs five dots with bars: the systems' scores on the {name} set, as in the table.",
        )
        for name in sets
        if name != "val"
    ]
    folded = tuple(score_tables.figure_2_table(results, name) for name in sets)
    return (*pictures, *((Folded("The numbers", folded),) if folded else ()))


def _ablations(results: Results) -> tuple[Table | Picture | Folded, ...]:
    sets = [name for name in results.datasets() if name != "val"] or ["opt-val"]
    main = sets[-1]
    content: list[Table | Picture | Folded] = []
    for name in sets:
        content += [score_tables.view_table(results, name), score_tables.multi_task_table(results, name)]
    pairs = {
        "close-up - context, one OwnNet8 for all AUs": (CLOSE_UP_KEY, CONTEXT_KEY),
        "A.2: two heads - one head": ("A.2", "A.2-one-head"),
    }
    there = {title: pair for title, pair in pairs.items() if results.difference(*pair, main)}
    if there:
        content.append(
            _picture(
                score_figures.differences_per_au(results, main, there),
                "ablations",
                f"Where the ablations differ: differences of per-AU scores on the {main} set, with 95 % intervals",
                "A panel per ablation: for each AU a dot with a bar, above 0 where the first of the two scores better.",
            )
        )
    return tuple(content)


def _curves(facts: RunFacts) -> tuple[Table | Picture | Folded, ...]:
    shown: list[Table | Picture | Folded] = []
    folded: list[Table | Picture] = []
    for group in ("expression", "pose"):
        curves = curve_figures.load_curves(facts, group)
        scores, losses = curve_figures.score_curves(curves), curve_figures.loss_curves(curves)
        if scores is not None:
            shown.append(
                _picture(
                    scores,
                    f"score_curves_{group}",
                    f"Score on opt-val over the steps, {group} networks",
                    f"A panel per row of the lineage with the {group} network's validation score, a line per seed.",
                    "A thin line per seed; the mean over the AUs of the network. Rows trained on the whole opt set "
                    "have no validation; one network for all AUs stands with the expression networks."
                    if group == "expression"
                    else "A thin line per seed; the mean over the AUs of the network.",
                )
            )
        if losses is not None:
            folded.append(
                _picture(
                    losses,
                    f"loss_curves_{group}",
                    f"Loss over the steps, {group} networks",
                    f"A panel per row of the lineage with the {group} network's losses, a colour per seed.",
                    "Solid: training loss; dashed: on opt-val. A colour per seed.",
                )
            )
    if folded:
        shown.append(Folded("Losses", tuple(folded)))
    return tuple(shown)


def _commands(facts: RunFacts) -> tuple[Table | Picture | Folded, ...]:
    return (
        run_tables.hours_table(facts),
        Folded(f"All {len(facts.nodes)} commands with their seconds", (run_tables.nodes_table(facts),)),
    )


def _picture(figure: Figure, name: str, title: str, alternative: str, caption: str = "") -> Picture:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DOTS_PER_INCH)
    return Picture(name, title, alternative, content.getvalue(), caption)
