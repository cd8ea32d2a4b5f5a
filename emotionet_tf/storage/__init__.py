"""Paths on this machine or on gs://, files that are whole or not there, and the settings of a folder."""
