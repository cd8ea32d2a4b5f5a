"""The backbones by family: a new one is a file beside this one, and its entry here."""

from __future__ import annotations

from emotionet_tf.models.backbones.entry import ANY_NUMBER, NARROWER, NARROWER_AND_SHALLOWER, BackboneEntry

BACKBONES: dict[str, BackboneEntry] = {
    "ownnet": BackboneEntry("ownnet", ANY_NUMBER, listed=("ownnet3", "ownnet8")),
    "mobilenet_v3_large": BackboneEntry("mobilenet_v3", NARROWER, imagenet_by="keras.applications"),
    "efficientnet_b0": BackboneEntry(
        "efficientnet", NARROWER_AND_SHALLOWER, imagenet_by="keras.applications"
    ),
    "resnet18": BackboneEntry("resnet", NARROWER),
    "resnet50": BackboneEntry("resnet", NARROWER, imagenet_by="keras-cv"),
    "resnet152": BackboneEntry("resnet", NARROWER),
}
