"""The report's sections on Werner et al. 2020."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.experiments.report import score_figures
from emotionet_tf.experiments.report.page import Content, Folded, Picture, Section, picture_of
from emotionet_tf.experiments.report.paper_report import CurveGroup, PaperReport
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.score_content import differences_content, scores_content
from emotionet_tf.experiments.report.tables import Table
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NO_GAIN_MARGIN
from emotionet_tf.experiments.werner2020 import report_tables
from emotionet_tf.experiments.werner2020.claims import judge_claims
from emotionet_tf.experiments.werner2020.lineage import FUSIONS, TABLE_1
from emotionet_tf.experiments.werner2020.published import CLOSE_UP_KEY, CONTEXT_KEY, FIGURE_2
from emotionet_tf.experiments.werner2020.scales import SCALES, Network

_FIGURE_2_TEXT = (
    "The paper's figure and its caption have five systems. The values of its bars are not printed, so ours "
    "stand alone. OwnNet8-Baseline can know only the 12 AUs with automatic labels; OpenFace-Baseline has only the pose "
    "AUs where OpenFace's output was not given."
)


def _notices(facts: RunFacts) -> tuple[str, ...]:
    networks = SCALES[facts.run.scale.name].networks.values()
    if not any(network.pretraining_steps for network in networks):
        return ()
    return (
        "No network has ImageNet's weights: where the paper starts from them, a short pre-training on other "
        "rendered faces stands in, as “The run” says.",
    )


def _settings(facts: RunFacts) -> list[tuple[str, str]]:
    scale = SCALES[facts.run.scale.name]
    return [
        (f"{name} is", _network_text(network, scale.num_pretraining_photos, facts))
        for name, network in scale.networks.items()
    ]


def _network_text(network: Network, num_pretraining_photos: int, facts: RunFacts) -> str:
    steps = network.num_steps
    text = f"{network.backbone}, {steps['expression']:,} steps (expression) and {steps['pose']:,} (pose)"
    if network.pretraining_steps:
        return (
            f"{text}; its backbone pre-trained for {network.pretraining_steps:,} steps on automatic labels of "
            f"{num_pretraining_photos:,} other rendered faces, in place of ImageNet"
        )
    starts = {
        str(one.get("init_weights"))
        for one in facts.trainings.values()
        if one.get("backbone") == network.backbone
    }
    if starts and starts != {"None"}:
        return f"{text}; starts from {', '.join(sorted(starts))}"
    return f"{text}; from random weights, nothing is pre-trained" if starts else text


def _sections(facts: RunFacts, results: Results) -> Sequence[Section]:
    return (
        Section("table-1-section", "Table 1", _table_1(results)),
        Section(
            "tables-2-3-section",
            "Tables 2 and 3",
            (report_tables.table_2(results), report_tables.table_3(results)),
        ),
        Section(
            "figure-2-section",
            "Figure 2",
            _figure_2(results),
            _FIGURE_2_TEXT + " None of them was run." * (not set(FIGURE_2.values()) & set(results.keys())),
        ),
        Section("ablations-section", "Ablations", _ablations(results)),
    )


def _table_1(results: Results) -> Content:
    keys = [(row.key, report_tables.label_of(row)) for row in TABLE_1]
    keys += [(fusion.key, fusion.title) for fusion in FUSIONS]
    return (
        report_tables.table_1(results),
        *scores_content(
            results,
            keys,
            name="table_1",
            title="Our scores of Table 1 with their 95 % intervals",
            alternative="A dot with a bar for each row of Table 1 and each set that was scored.",
        ),
    )


def _figure_2(results: Results) -> Content:
    sets = [name for name in results.datasets() if set(FIGURE_2.values()) & set(results.keys(name))]
    pictures = [
        picture_of(
            score_figures.scores_per_au(results, name, FIGURE_2),
            f"figure_2_{name}",
            f"Per-AU scores of the five systems of Fig. 2 on the {name} set, with 95 % intervals",
            f"For each of the 23 AUs five dots with bars: the systems' scores on the {name} set, as in the table.",
        )
        for name in sets
        if name != "val"
    ]
    folded = tuple(report_tables.figure_2_table(results, name) for name in sets)
    return (*pictures, *((Folded("The numbers", folded),) if folded else ()))


def _ablations(results: Results) -> Content:
    sets = [name for name in results.datasets() if name != "val"] or ["opt-val"]
    main = sets[-1]
    content: list[Table | Picture | Folded] = []
    for name in sets:
        content += [report_tables.view_table(results, name), report_tables.multi_task_table(results, name)]
    pairs = {
        "close-up - context, one OwnNet8 for all AUs": (CLOSE_UP_KEY, CONTEXT_KEY),
        "A.2: two heads - one head": ("A.2", "A.2-one-head"),
    }
    return (
        *content,
        *differences_content(
            results,
            main,
            pairs,
            name="ablations",
            title=f"Where the ablations differ: differences of per-AU scores on the {main} set, with 95 % intervals",
            alternative="A panel per ablation: for each AU a dot with a bar, above 0 where the first of the two scores "
            "better.",
        ),
    )


REPORT = PaperReport(
    title="Werner et al. 2020, “Facial Action Unit Recognition in the Wild with Multi-Task CNN Self-Training”, "
    "reproduced",
    published_notice="Columns headed “published” are EmotioNet's, Table 1's its opt-val set. They are not comparable "
    "with ours in value, only in order.",
    notices=_notices,
    judge_claims=judge_claims,
    claims_rule=f"That the second generation does not help holds if a gain of {NO_GAIN_MARGIN} or more is ruled out.",
    published_differences="The paper's differences are of EmotioNet's opt-val set.",
    settings=_settings,
    sections=_sections,
    curve_groups=(
        CurveGroup(
            "expression",
            "expression network",
            ("expression", "all"),
            "Rows trained on the whole opt set have no validation; one network for all AUs stands with the expression "
            "networks.",
        ),
        CurveGroup("pose", "pose network", ("pose",)),
    ),
    image_size_px=224,
    batch_size=16,
)
