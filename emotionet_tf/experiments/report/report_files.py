"""Reads a run and writes its report's files: page, figures, tables, Markdown."""

from __future__ import annotations

from pathlib import Path

from emotionet_tf.experiments.report.csv_files import csv_of
from emotionet_tf.experiments.report.html import html_page
from emotionet_tf.experiments.report.markdown import markdown_page
from emotionet_tf.experiments.report.paper_report import report_of
from emotionet_tf.experiments.report.run_facts import RunFacts, read_run_facts
from emotionet_tf.experiments.report.section_order import report_page
from emotionet_tf.experiments.reproduction import started
from emotionet_tf.experiments.scores.results import load_results
from emotionet_tf.storage.files import check_replaceable, folder_written_aside, write_text

PAGE_FILE = "index.html"
MARKDOWN_FILE = "report.md"


def write_report(run_dir: Path, output_dir: Path | None = None) -> RunFacts:
    """Writes `index.html`, its figures as PNG, its tables as CSV, and `report.md`.

    Args:
      run_dir: A reproduction's folder, finished or not.
      output_dir: Folder to write, replaced where it holds an earlier report; None is the run's own place for it.
    Returns:
      What was found of the run.
    Raises:
      UserError: If the folder holds no reproduction, matplotlib or jinja2 is missing, or the output folder holds
        something else.
    """
    run = started(run_dir)
    target = output_dir or run.layout.report
    check_replaceable(target, PAGE_FILE, "report")
    report = report_of(run.paper.name)
    results = load_results(run.paper.systems, run.layout, training_sets=report.training_sets)
    facts = read_run_facts(run)
    page = report_page(report, facts, results)
    with folder_written_aside(target) as folder:
        for picture in page.pictures():
            (folder / f"{picture.name}.png").write_bytes(picture.png)
        for table in page.tables():
            write_text(folder / f"{table.name}.csv", csv_of(table))
        write_text(folder / MARKDOWN_FILE, markdown_page(page, folded=False))
        write_text(folder / PAGE_FILE, html_page(page))
    return facts
