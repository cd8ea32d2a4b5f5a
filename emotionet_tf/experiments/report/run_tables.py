"""The report's tables of claims, labels, settings and commands."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, au_name
from emotionet_tf.console.durations import format_duration
from emotionet_tf.experiments.report.paper_report import PaperReport
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Column, Section, Table, Value
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NOT_RUN, Claim, Comparison


def claims_table(report: PaperReport, claims: Sequence[Claim]) -> Table:
    """Returns each claim with its verdict and the comparisons that decide it."""
    rows: list[Sequence[Value]] = []
    for claim in claims:
        deciding = [comparison for comparison in claim.comparisons if comparison.decides]
        for number, comparison in enumerate(deciding):
            first = number == 0
            rows.append(
                (claim.title if first else "", claim.verdict if first else "", *_compared(comparison))
            )
    dataset = next((one.dataset for claim in claims for one in claim.comparisons), "test")
    return Table(
        "claims",
        "The paper's claims, and what this run says to them",
        (
            Column("claim"),
            Column("verdict", "verdict"),
            Column("difference of scores"),
            Column("ours, 95 % interval", "difference"),
            Column("the paper's", "difference"),
        ),
        tuple(rows),
        f"Judged on the {dataset} set: a claim holds if the 95 % interval of every difference shown here lies above 0, "
        f"does not hold if one lies below 0, and cannot be told otherwise. {_spaced(report.claims_rule)}Intervals are "
        f"paired, over identities and seeds. {report.published_differences}",
    )


def _spaced(sentence: str) -> str:
    return f"{sentence} " if sentence else ""


def comparisons_table(claims: Sequence[Claim]) -> Table:
    """Returns every comparison, under what each claim says and how it is judged."""
    rows: list[Sequence[Value] | Section] = []
    for claim in claims:
        rows.append(Section(f"{claim.title}: {claim.verdict}", claim.text))
        for comparison in claim.comparisons:
            role = "decides" if comparison.decides else "beside it"
            rows.append((*_compared(comparison), comparison.verdict, comparison.num_aus, role))
    return Table(
        "comparisons",
        "All comparisons",
        (
            Column("difference of scores"),
            Column("ours, 95 % interval", "difference"),
            Column("the paper's", "difference"),
            Column("by itself", "verdict"),
            Column("AUs", "count"),
            Column("role"),
        ),
        tuple(rows),
        "Each interval is by itself a 95 % one: of forty about two miss by chance.",
    )


def _compared(comparison: Comparison) -> tuple[Value, Value, Value]:
    return comparison.title, comparison.interval or NOT_RUN, comparison.published_difference


def labels_table(results: Results) -> Table:
    """Returns how often each AU is present and unknown in every dataset."""
    there = results.labels
    automatic = (
        " In the set “train” the labels are the automatic ones: wrong at times, and unknown for 11 AUs."
        if "train" in there
        else ""
    )
    rows: list[Sequence[Value]] = [
        ("photos", "", *(value for one in there.values() for value in (one.num_photos, None))),
        ("without a face", "", *(value for one in there.values() for value in (one.num_without_face, None))),
    ]
    for au in ACTION_UNITS:
        counts = [value for one in there.values() for value in (one.positives[au], one.unknown[au])]
        rows.append((au_name(au), DESCRIPTIONS[au], *counts))
    return Table(
        "labels",
        "Labels of every dataset: photos that show an AU, and photos of which it is not known",
        (
            Column("AU"),
            Column("name"),
            *(Column(title, "count", name) for name in there for title in ("present", "unknown")),
        ),
        tuple(rows),
        f"Scored sets are counted with the photos without a face, training sets without them.{automatic}",
    )


def settings_table(report: PaperReport, facts: RunFacts, results: Results) -> Table:
    """Returns what the run is."""
    scale, trainings = facts.run.scale, facts.trainings.values()
    sizes = sorted({one["image_size_px"] for one in trainings if "image_size_px" in one})
    batches = sorted({one["batch_size"] for one in trainings if "batch_size" in one})
    rows = [
        ("data", "the user's own records" if facts.run.own_records else "rendered faces (the stand-in)"),
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
    return Table("run", "Data, sizes, code and time", (Column("what"), Column("value")), tuple(rows))


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
    rows: list[Sequence[Value]] = [
        (node.name, "not done" if node.seconds is None else round(node.seconds), node.command)
        for node in facts.nodes
    ]
    return Table(
        "commands",
        "All commands",
        (Column("node"), Column("seconds", "count"), Column("command", "code")),
        tuple(rows),
        "RUN stands for the run's folder.",
    )


def hours_table(facts: RunFacts) -> Table:
    """Returns the time that each kind of command took."""
    rows: list[Sequence[Value]] = []
    for kind in dict.fromkeys(node.kind for node in facts.nodes):
        nodes = [node for node in facts.nodes if node.kind == kind]
        done = [node.seconds for node in nodes if node.seconds is not None]
        rows.append((kind, len(nodes), len(done), round(sum(done) / 3600, 3)))
    rows.append(
        ("all", len(facts.nodes), len(facts.nodes) - facts.num_missing, round(facts.seconds / 3600, 3))
    )
    return Table(
        "hours",
        "Hours, by kind of command",
        (Column("kind"), Column("commands", "count"), Column("done", "count"), Column("hours", "hours")),
        tuple(rows),
        "Sums over commands, as if one ran after the other.",
    )
