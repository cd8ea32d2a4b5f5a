"""Eq. 1, class balance, schedules, metrics and the training run."""
