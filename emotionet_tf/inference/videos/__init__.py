"""Prediction over videos."""
