"""The commands: `python -m emotionet_tf.bin.NAME --help`."""
