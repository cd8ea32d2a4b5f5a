"""Packing a trained model for others: small, one head, with thresholds that mean something."""
