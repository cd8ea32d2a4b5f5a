"""Flagfiles, one per published model; `train --flagfile=FILE` reads them."""
