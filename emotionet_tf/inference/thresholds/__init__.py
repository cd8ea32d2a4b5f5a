"""Thresholds that turn scores into decisions: tuned, stored and applied."""
