"""A cross-validation from its settings to its scores: what is done before is skipped."""

from __future__ import annotations

from emotionet_tf.experiments.cross_validation.plan import plan
from emotionet_tf.experiments.cross_validation.report import format_results, write_report
from emotionet_tf.experiments.cross_validation.results import CrossResults, read_results, write_scores
from emotionet_tf.experiments.cross_validation.settings import CrossValidation
from emotionet_tf.experiments.runner.nodes import format_commands
from emotionet_tf.experiments.runner.run import run_nodes

_STATE = "state"


def cross_validate(config: CrossValidation, *, jobs: int = 1, redo_outdated: bool = False) -> CrossResults:
    """Runs a cross-validation's commands that are not done, and writes and prints its scores.

    Args:
      config: What is done.
      jobs: Commands at work at once.
      redo_outdated: Make again what was made by another command or from other input.
    Raises:
      UserError: If an input is invalid, the protocol does not fit the persons, a command fails, or one is outdated.
      StoppedError: If the process is asked to end; the same call resumes.
    """
    planned = plan(config)
    for remark in planned.remarks:
        print(remark)
    run_nodes(planned.nodes(), config.root / _STATE, jobs=jobs, redo_outdated=redo_outdated)
    results = read_results(planned)
    print(format_results(results))
    for path in (write_scores(results), *write_report(results)):
        print(path)
    return results


def dry_run(config: CrossValidation) -> str:
    """Returns the commands in order as a shell script; nothing is run.

    Raises:
      UserError: If an input is invalid, or the protocol does not fit the persons.
    """
    return format_commands([node.placed(config.root) for node in plan(config).nodes()])
