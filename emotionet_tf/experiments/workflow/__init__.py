"""A reproduction as a Snakemake workflow, for clusters."""
