"""The report's sections on SIAT-NTU's system."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.experiments.report.page import Content, Folded, Section
from emotionet_tf.experiments.report.paper_report import CurveGroup, PaperReport
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.score_content import differences_content, scores_content
from emotionet_tf.experiments.scores.comparisons import judged_set
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.siat_ntu2020 import report_tables
from emotionet_tf.experiments.siat_ntu2020.claims import judge_claims
from emotionet_tf.experiments.siat_ntu2020.lineage import (
    BALANCING,
    SELECTED,
    SHOWN_BY_AU,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    UNBALANCED,
)
from emotionet_tf.experiments.siat_ntu2020.pretrainings import pretrainings_table
from emotionet_tf.experiments.siat_ntu2020.scales import SCALES, Network

_TILT_TEXT = (
    "A registered crop is turned upright by the face's landmarks: head tilt (AU55, AU56) is gone from it, but for what "
    "remains at its border and in the hair. Magdeburg's pose networks have the head angles as an input; this system "
    "has none, so that detector boxes, which are not turned, can do better on these two AUs."
)


def _notices(facts: RunFacts) -> tuple[str, ...]:
    notices = [
        "The slides do not say of which set their Tables 1 and 2 are. No difference of theirs has an interval."
    ]
    if not facts.run.own_records:
        notices.append(
            "Face and expression recognition are learned from rendered faces, which are the test set's own kind: what "
            "a transfer brings here says little about photographs."
        )
    return tuple(notices)


def _settings(facts: RunFacts) -> list[tuple[str, str]]:
    scale = SCALES[facts.run.scale.name]
    lines = [(f"{name} is", _network_text(network)) for name, network in scale.networks.items()]
    photos = scale.num_class_photos
    if photos and not facts.run.own_records:
        sets = ", ".join(f"{count:,} photos ({name})" for name, count in photos.items())
        lines.append(("pre-trained on", f"{sets} of other rendered persons; once for each seed"))
    return [
        *lines,
        (SELECTED, scale.selected),
        ("selective learning's target", f"{scale.selective_target:.0%} positives; the slides name none"),
    ]


def _network_text(network: Network) -> str:
    if network.num_steps is None or network.pretraining_steps is None:
        return f"{network.backbone}, as its flagfile says"
    return (
        f"{network.backbone}, {network.num_steps:,} steps after {network.pretraining_steps:,} of pre-training"
    )


def _sections(facts: RunFacts, results: Results) -> Sequence[Section]:
    dataset = judged_set(results)
    thresholds = report_tables.thresholds_table(results, facts)
    return (
        Section("table-1-section", "Table 1", (report_tables.table_1(results, dataset),)),
        Section("table-2-section", "Table 2", _table_2(results, dataset)),
        Section(
            "balancing-section",
            "Strategies against imbalance",
            (
                report_tables.balancing_table(results, dataset),
                *_strategy_figures(results, dataset),
                *((Folded("The thresholds", (thresholds,)),) if thresholds else ()),
            ),
        ),
        Section("alignment-section", "Alignment", _alignment(results, dataset), _TILT_TEXT),
        Section("pretraining-section", "Pre-trainings", (pretrainings_table(facts),)),
        Section(
            "challenges-section",
            "The challenges",
            (
                report_tables.slides_table(results),
                report_tables.scores_table(results),
                report_tables.measures_table(results),
            ),
        ),
    )


def _table_2(results: Results, dataset: str) -> Content:
    of_tables = {row.key for row in (*TABLE_1, *TABLE_2)} | {key for key, _ in BALANCING}
    keys = [(one.key, one.title) for one in SYSTEMS]
    keys.sort(key=lambda pair: pair[0] not in of_tables)
    return (
        report_tables.table_2(results, dataset),
        *scores_content(
            results,
            keys,
            name="scores",
            title="Our scores of all rows with their 95 % intervals",
            alternative="A dot with a bar for each row and each set that was scored.",
            caption="What has thresholds that were tuned on opt-val has no score there.",
        ),
    )


def _strategy_figures(results: Results, dataset: str) -> Content:
    titles = dict(BALANCING)
    return differences_content(
        results,
        dataset,
        {f"{titles[key]} - nothing": (key, UNBALANCED.key) for key in SHOWN_BY_AU},
        name="strategies",
        title=f"Where the strategies help: differences of per-AU scores on the {dataset} set, with 95 % intervals",
        alternative="A panel per strategy: for each AU a dot with a bar, above 0 where the strategy scores better than "
        "none.",
        has_one_scale=True,
    )


def _alignment(results: Results, dataset: str) -> Content:
    return (
        report_tables.alignment_table(results, dataset),
        *differences_content(
            results,
            dataset,
            {"aligned - boxes": (UNBALANCED.key, "box-both")},
            name="alignment",
            title=f"What alignment does by AU: differences of scores on the {dataset} set, with 95 % intervals",
            alternative="For each AU a dot with a bar, above 0 where aligned crops score better than detector boxes.",
        ),
    )


REPORT = PaperReport(
    title="SIAT-NTU 2020 (Ji et al.), “Multiple Transfer Learning and Multilabel Balanced Training Strategies for "
    "Facial AU Detection In the Wild”, reproduced",
    published_notice="Columns headed “published” are from the authors' slides, of EmotioNet. They are not comparable "
    "with ours in value, only in order.",
    notices=_notices,
    judge_claims=judge_claims,
    published_differences="The slides' differences are of EmotioNet, of a set that they do not name.",
    settings=_settings,
    sections=_sections,
    curve_groups=(
        CurveGroup("all", "AU network", ("all",), "The network at the last step predicts, not the best."),
    ),
    training_sets=("opt-train",),
)
