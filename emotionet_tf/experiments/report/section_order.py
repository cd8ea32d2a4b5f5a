"""The order of the report's sections, and what the shared ones hold."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.experiments.report import curve_figures, run_tables, score_figures
from emotionet_tf.experiments.report.markdown import headings_as_list
from emotionet_tf.experiments.report.page import Content, Folded, Page, Picture, Section, picture_of
from emotionet_tf.experiments.report.paper_report import PaperReport
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Table
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import Claim

RENDERED_WARNING = "Rendered faces with exact labels: no score here is a score on EmotioNet."
OWN_DATA_WARNING = (
    "Scores on the records that this run was given: {}. Only if these are EmotioNet's are they scores on "
    "EmotioNet."
)


def report_page(report: PaperReport, facts: RunFacts, results: Results) -> Page:
    """Returns the report of a run, finished or not."""
    warning = (
        OWN_DATA_WARNING.format(facts.run.layout.records_dir) if facts.run.own_records else RENDERED_WARNING
    )
    return Page(
        report.title,
        warning,
        _notices(report, facts, results),
        (
            Section("claims-section", "Claims", _claims(report, report.judge_claims(results))),
            Section("run-section", "The run", (run_tables.settings_table(report, facts, results),)),
            *report.sections(facts, results),
            Section("labels-section", "Labels", (run_tables.labels_table(results),)),
            Section("curves-section", "Training curves", _curves(report, facts)),
            Section("commands-section", "Commands and hours", _commands(facts)),
        ),
    )


def _notices(report: PaperReport, facts: RunFacts, results: Results) -> tuple[str, ...]:
    notices = [report.published_notice]
    if facts.num_missing:
        notices.append(
            f"Unfinished: {facts.num_missing} of {len(facts.nodes)} commands are not done. What is missing says "
            "“not run”."
        )
    if not facts.run.own_records and facts.run.scale.name == "demo":
        notices.append(
            "Scale demo trains for a few steps, to see that everything runs: its scores mean nothing."
        )
    notices += report.notices(facts)
    notices += [f"Cannot be used: {problem}" for problem in results.problems]
    return tuple(notices)


def _claims(report: PaperReport, claims: Sequence[Claim]) -> Content:
    content: list[Table | Picture | Folded] = [run_tables.claims_table(report, claims)]
    if any(one.interval is not None for claim in claims for one in claim.comparisons if one.decides):
        content.append(
            picture_of(
                score_figures.claims_figure(claims),
                "claims",
                "The differences that decide the claims, with the paper's own",
                "Dots with bars: our differences of scores and their 95 % intervals by claim; diamonds: the paper's.",
            )
        )
    comparisons = run_tables.comparisons_table(claims)
    judged = f"### How each claim is judged\n\n{headings_as_list(comparisons)}"
    return (*content, Folded("All comparisons, and how each claim is judged", (comparisons,), judged))


def _curves(report: PaperReport, facts: RunFacts) -> Content:
    shown: list[Table | Picture | Folded] = []
    folded: list[Table | Picture] = []
    for group in report.curve_groups:
        curves = curve_figures.load_curves(facts, group)
        scores, losses = curve_figures.score_curves(curves), curve_figures.loss_curves(curves)
        if scores is not None:
            shown.append(
                picture_of(
                    scores,
                    f"score_curves_{group.name}",
                    f"Score on opt-val over the steps, {group.title}s",
                    f"A panel per row of the lineage with the {group.title}'s validation score, a line per seed.",
                    f"A thin line per seed; the mean over the AUs of the network. {group.caption}".rstrip(),
                )
            )
        if losses is not None:
            folded.append(
                picture_of(
                    losses,
                    f"loss_curves_{group.name}",
                    f"Loss over the steps, {group.title}s",
                    f"A panel per row of the lineage with the {group.title}'s losses, a colour per seed.",
                    "Solid: training loss; dashed: on opt-val. A colour per seed.",
                )
            )
    if folded:
        shown.append(Folded("Losses", tuple(folded)))
    return tuple(shown)


def _commands(facts: RunFacts) -> Content:
    return (
        run_tables.hours_table(facts),
        Folded(f"All {len(facts.nodes)} commands with their seconds", (run_tables.nodes_table(facts),)),
    )
