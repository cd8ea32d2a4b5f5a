"""Proposes lambdas that even out when the AUs peak: `python -m emotionet_tf.bin.propose_au_weights --model_dir=RUN`.

Reads the validation curves of a run of `train` and prints an --au_weights flag for the next one. The procedure is ours:
the paper tuned its lambdas "in order to avoid that some AUs are already overfitting while others are still
underfitted" and does not say how. An AU whose validation loss is least early gets less weight, one that is late more.
"""

from absl import flags

from emotionet_tf.cli import entry_point

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", None, "Folder of a run that was trained with --val_records_dir; it may be unfinished. Repeat it for "
    "the mean of runs that differ in --seed alone: the seed of a single run moves the peaks as well.", required=True,
)  # fmt: skip
_EXPONENT = flags.DEFINE_float(
    "exponent", 1.0, "lambda is multiplied by (AU's best step / median best step)^exponent, at most threefold up or "
    "down; 0 to 2, smaller is more careful. Default: ours.",
)  # fmt: skip
_MIN_EXAMPLES = flags.DEFINE_integer(
    "min_examples", 10, "An AU with fewer validation examples of its rarer class keeps its weight. Default: ours."
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Proposes and prints."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.training.objectives.au_weight_proposal import format_proposal, propose_for_runs

    proposal = propose_for_runs(_MODEL_DIRS.value, exponent=_EXPONENT.value, min_examples=_MIN_EXAMPLES.value)
    print(format_proposal(proposal))


if __name__ == "__main__":
    entry_point.run(main)
