"""`python -m emotionet_tf COMMAND ...` is `emotionet-tf COMMAND ...`."""

from emotionet_tf.cli.dispatcher import main

if __name__ == "__main__":
    main()
