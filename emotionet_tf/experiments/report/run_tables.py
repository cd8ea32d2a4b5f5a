"""The report's tables of claims, labels, settings and commands."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, au_name
from emotionet_tf.durations import format_duration
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Column, Section, Table, Value
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NO_GAIN_MARGIN, NOT_RUN, Claim, Comparison
from emotionet_tf.experiments.werner2020.scales import Network


def claims_table(claims: Sequence[Claim]) -> Table:
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
        "does not hold if one lies below 0, and cannot be told otherwise. That the second generation does not help "
        f"holds if a gain of {NO_GAIN_MARGIN} or more is ruled out. Intervals are paired, over identities and seeds. "
        "The paper's differences are of EmotioNet's opt-val set.",
    )


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
        "Scored sets are counted with the photos without a face, training sets without them. In the set “train” the "
        "labels are the automatic ones: wrong at times, and unknown for 11 AUs.",
    )


def settings_table(facts: RunFacts, results: Results) -> Table:
    """Returns what the run is."""
    scale, trainings = facts.plan.scale, facts.trainings.values()
    sizes = sorted({one["image_size_px"] for one in trainings if "image_size_px" in one})
    batches = sorted({one["batch_size"] for one in trainings if "batch_size" in one})
    rows = [
        ("data", "the user's own records" if facts.plan.own_records else "rendered faces (the stand-in)"),
        ("scale", scale.name),
        ("training sets", _training_text(results) or "none yet"),
        ("scored sets", "; ".join(_set_text(results, name) for name in results.sets) or "none yet"),
        ("crops", f"{scale.crop_size_px} px"),
        ("network input", f"{_listed(sizes)} px (paper: 224 px)" if sizes else "not known yet"),
        ("batch", f"{_listed(batches)} (paper: 16)" if batches else "not known yet"),
        *((f"{name} is", _network_text(network, facts)) for name, network in scale.networks.items()),
        ("seeds", f"{facts.plan.num_seeds} of the rows that decide a claim, 1 of the others"),
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


def _listed(numbers: Sequence[object]) -> str:
    return ", ".join(map(str, numbers))


def _training_text(results: Results) -> str:
    tables = [one for name, one in results.labels.items() if name not in results.sets]
    return "; ".join(f"{one.dataset}: {one.num_photos:,} photos" for one in tables)


def _set_text(results: Results, name: str) -> str:
    one = results.sets[name]
    unit = "persons" if one.are_persons else "photos taken as independent"
    return f"{name}: {len(one.ids):,} photos, {one.num_identities:,} {unit}"


def _network_text(network: Network, facts: RunFacts) -> str:
    steps = network.num_steps
    text = f"{network.backbone}, {steps['expression']:,} steps (expression) and {steps['pose']:,} (pose)"
    if network.pretraining_steps:
        return (
            f"{text}; its backbone pre-trained for {network.pretraining_steps:,} steps on automatic labels of "
            f"{facts.plan.scale.num_pretraining_photos:,} other rendered faces, in place of ImageNet"
        )
    starts = {
        str(one.get("init_weights"))
        for one in facts.trainings.values()
        if one.get("backbone") == network.backbone
    }
    if starts and starts != {"None"}:
        return f"{text}; starts from {_listed(sorted(starts))}"
    return f"{text}; from random weights, nothing is pre-trained" if starts else text


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
