"""What is said where Apache Beam is not installed."""

from emotionet_tf.errors import UserError

NEEDS_BEAM = UserError("preparing data needs Apache Beam: pip install 'emotionet_tf[beam]'")
