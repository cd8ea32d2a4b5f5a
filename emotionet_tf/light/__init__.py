"""The command of the distribution emotionet-tf-light, which has no TensorFlow, pandas or absl."""
