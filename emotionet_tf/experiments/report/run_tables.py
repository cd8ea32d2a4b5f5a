"""The report's tables of claims, labels, settings and commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, au_name
from emotionet_tf.console.durations import format_duration
from emotionet_tf.experiments.report.paper_report import PaperReport
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Column, RowHeading, Table, table_of
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.scored_sets import LabelTable
from emotionet_tf.experiments.scores.verdicts import NOT_RUN, Claim, Comparison


def claims_table(report: PaperReport, claims: Sequence[Claim]) -> Table:
    """Returns each claim with its verdict and the comparisons that decide it."""
    rows: list[tuple[Claim | None, Comparison]] = []
    for claim in claims:
        deciding = [comparison for comparison in claim.comparisons if comparison.decides]
        # A claim is named in its first row only.
        rows += [(None if number else claim, comparison) for number, comparison in enumerate(deciding)]
    dataset = next((one.dataset for claim in claims for one in claim.comparisons), "test")
    return table_of(
        "claims",
        "The paper's claims, and what this run says to them",
        (
            Column("claim", lambda row: row[0].title if row[0] else ""),
            Column("verdict", lambda row: row[0].verdict if row[0] else "", "verdict"),
            Column("difference of scores", lambda row: row[1].title),
            Column("ours, 95 % interval", lambda row: row[1].interval or NOT_RUN, "difference"),
            Column("the paper's", lambda row: row[1].published_difference, "difference"),
        ),
        rows,
        f"Judged on the {dataset} set: a claim holds if the 95 % interval of every difference shown here lies above 0, "
        f"does not hold if one lies below 0, and cannot be told otherwise. {_spaced(report.claims_rule)}Intervals are "
        f"paired, over identities and seeds. {report.published_differences}",
    )


def _spaced(sentence: str) -> str:
    return f"{sentence} " if sentence else ""


def comparisons_table(claims: Sequence[Claim]) -> Table:
    """Returns every comparison, under what each claim says and how it is judged."""
    rows: list[Comparison | RowHeading] = []
    for claim in claims:
        rows += [RowHeading(f"{claim.title}: {claim.verdict}", claim.text), *claim.comparisons]
    return table_of(
        "comparisons",
        "All comparisons",
        (
            Column("difference of scores", lambda one: one.title),
            Column("ours, 95 % interval", lambda one: one.interval or NOT_RUN, "difference"),
            Column("the paper's", lambda one: one.published_difference, "difference"),
            Column("by itself", lambda one: one.verdict, "verdict"),
            Column("AUs", lambda one: one.num_aus, "count"),
            Column("role", lambda one: "decides" if one.decides else "beside it"),
        ),
        rows,
        "Each interval is by itself a 95 % one: of forty about two miss by chance.",
    )


def labels_table(results: Results) -> Table:
    """Returns how often each AU is present and unknown in every dataset."""
    there = results.labels
    automatic = (
        " In the set “train” the labels are the automatic ones: wrong at times, and unknown for 11 AUs."
        if "train" in there
        else ""
    )
    rows = [
        _LabelsRow("photos", "", lambda one: one.num_photos),
        _LabelsRow("without a face", "", lambda one: one.num_without_face),
        *(_labels_row(au) for au in ACTION_UNITS),
    ]
    columns = [Column[_LabelsRow]("AU", lambda row: row.title), Column("name", lambda row: row.description)]
    for name, one in there.items():
        columns += _count_columns(name, one)
    return table_of(
        "labels",
        "Labels of every dataset: photos that show an AU, and photos of which it is not known",
        columns,
        rows,
        f"Scored sets are counted with the photos without a face, training sets without them.{automatic}",
    )


def _count_columns(name: str, counts: LabelTable) -> tuple[Column[_LabelsRow], ...]:
    return (
        Column("present", lambda row: row.present(counts), "count", name),
        Column("unknown", lambda row: row.unknown(counts), "count", name),
    )


@dataclass(frozen=True)
class _LabelsRow:
    title: str
    description: str
    present: Callable[[LabelTable], int]
    unknown: Callable[[LabelTable], int | None] = lambda counts: None


def _labels_row(au: int) -> _LabelsRow:
    return _LabelsRow(
        au_name(au), DESCRIPTIONS[au], lambda one: one.positives[au], lambda one: one.unknown[au]
    )


def settings_table(report: PaperReport, facts: RunFacts, results: Results) -> Table:
    """Returns what the run is."""
    scale, trainings = facts.run.scale, facts.trainings.values()
    sizes = sorted({one["image_size_px"] for one in trainings if "image_size_px" in one})
    batches = sorted({one["batch_size"] for one in trainings if "batch_size" in one})
    rows = [
        ("data", "the user's own records" if facts.run.own_records else "rendered faces"),
        ("scale", scale.name),
        ("training sets", _training_text(results) or "none yet"),
        ("scored sets", "; ".join(_set_text(results, name) for name in results.sets) or "none yet"),
        ("crops", f"{scale.crop_size_px} px"),
        ("network input", _used(sizes, report.image_size_px, " px")),
        ("batch", _used(batches, report.batch_size)),
        *report.settings(facts),
        ("seeds", f"{facts.run.num_seeds} of the rows that decide a claim, 1 of the others"),
        ("commands done", f"{len(facts.nodes) - facts.num_missing} of {len(facts.nodes)}"),
        (
            "time",
            f"{format_duration(facts.seconds)}, the sum over all commands; {facts.num_cores} cores here",
        ),
        ("last command ended", facts.ended or "none has"),
        ("report written", facts.written),
        ("code", f"commit {', '.join(facts.commits)}" if facts.commits else "its commit was not noted"),
        ("versions", ", ".join(f"{name} {version}" for name, version in facts.versions.items())),
    ]
    columns: tuple[Column[tuple[str, str]], ...] = (
        Column("what", lambda row: row[0]),
        Column("value", lambda row: row[1]),
    )
    return table_of("run", "Data, sizes, code and time", columns, rows)


def _used(numbers: Sequence[int], published: int | None, unit: str = "") -> str:
    """Returns what the trainings used, with the paper's own beside it."""
    if not numbers:
        return "not known yet"
    of_paper = "" if published is None else f" (paper: {published}{unit})"
    return f"{', '.join(map(str, numbers))}{unit}{of_paper}"


def _training_text(results: Results) -> str:
    tables = [one for name, one in results.labels.items() if name not in results.sets]
    return "; ".join(f"{one.dataset}: {one.num_photos:,} photos" for one in tables)


def _set_text(results: Results, name: str) -> str:
    one = results.sets[name]
    unit = "persons" if one.are_persons else "photos taken as independent"
    return f"{name}: {len(one.ids):,} photos, {one.num_identities:,} {unit}"


def nodes_table(facts: RunFacts) -> Table:
    """Returns all commands."""
    return table_of(
        "commands",
        "All commands",
        (
            Column("node", lambda node: node.name),
            Column(
                "seconds", lambda node: "not done" if node.seconds is None else round(node.seconds), "count"
            ),
            Column("command", lambda node: node.command, "code"),
        ),
        facts.nodes,
        "RUN stands for the run's folder.",
    )


def hours_table(facts: RunFacts) -> Table:
    """Returns the time that each kind of command took."""
    kinds = dict.fromkeys(node.kind for node in facts.nodes)
    rows = [(kind, [node for node in facts.nodes if node.kind == kind]) for kind in kinds]
    return table_of(
        "hours",
        "Hours, by kind of command",
        (
            Column("kind", lambda row: row[0]),
            Column("commands", lambda row: len(row[1]), "count"),
            Column("done", lambda row: sum(node.seconds is not None for node in row[1]), "count"),
            Column(
                "hours", lambda row: round(sum(node.seconds or 0.0 for node in row[1]) / 3600, 3), "hours"
            ),
        ),
        [*rows, ("all", list(facts.nodes))],
        "Sums over commands, as if one ran after the other.",
    )
