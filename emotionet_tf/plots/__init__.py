"""Pictures of AUs for notebooks and reports, drawn into matplotlib axes. Needs the extra `charts`.

from emotionet_tf.plots import plot_face, plot_muscles, plot_shares, plot_timeline

axes = plot_timeline(table)  # a video's table, as `predict` writes it
axes.figure.savefig("timeline.png")
"""

from emotionet_tf.plots.face import plot_face
from emotionet_tf.plots.muscles import plot_muscles
from emotionet_tf.plots.shares import plot_shares
from emotionet_tf.plots.timeline import plot_timeline

__all__ = ["plot_face", "plot_muscles", "plot_shares", "plot_timeline"]
