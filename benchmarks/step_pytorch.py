"""The same training step in PyTorch, for comparison: torchvision's networks, and OwnNet written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.step_processes import Step

if TYPE_CHECKING:
    import torch

_NUM_POOLED = 5


def training_step(
    backbone: str,
    batch_size: int,
    image_size_px: int,
    *,
    num_heads: int,
    num_outputs: int,
    channels_last: bool = False,
    compiled: bool = False,
    num_threads: int,
) -> Step:
    """Returns a step of the same network on the same batch.

    Args:
      backbone: As `--backbone`.
      batch_size: Images a step.
      image_size_px: Their side.
      num_heads: Output layers, each with a loss.
      num_outputs: Outputs of each.
      channels_last: Whether a pixel's channels stand together in memory.
      compiled: Whether `torch.compile` makes forward and backward pass.
      num_threads: Threads to compute with.
    """
    import torch

    torch.set_num_threads(num_threads)
    torch.manual_seed(0)
    network = heads_behind(build_backbone(backbone), num_heads, num_outputs).train()
    images = torch.rand(batch_size, 3, image_size_px, image_size_px) * 255
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    labels = torch.ones(batch_size, num_outputs)
    weights = torch.ones(batch_size, num_outputs)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, weight_decay=4e-6, fused=True)

    def loss_of(pixels: torch.Tensor) -> torch.Tensor:
        cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits
        return sum(
            cross_entropy(logits, labels * 0.8 + 0.1, weight=weights)
            for logits in network(pixels / 127.5 - 1)
        )

    compute_loss = torch.compile(loss_of) if compiled else loss_of

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = compute_loss(images)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def matrix_product(size: int, num_threads: int) -> Step:
    """Returns a product of two float32 matrices of this size."""
    import torch

    torch.set_num_threads(num_threads)
    left, right, product = (torch.rand(size, size) for _ in range(3))

    def step() -> None:
        torch.matmul(left, right, out=product)

    return step


def build_backbone(name: str) -> torch.nn.Module:
    """Returns a backbone up to and with its global average pooling, with as many weights as this library's."""
    import torch
    from torchvision import models
    from torchvision.models.resnet import Bottleneck

    if name.startswith("ownnet"):
        return build_ownnet(int(name.removeprefix("ownnet")))
    network = getattr(models, name)(weights=None)
    if name.startswith("resnet"):
        for block in network.modules():
            # Strides stand in the first convolution of a block in He et al. 2016 and keras-cv, here in the second.
            if isinstance(block, Bottleneck):
                block.conv1.stride, block.conv2.stride = block.conv2.stride, (1, 1)
        network.fc = torch.nn.Identity()
    else:
        network.classifier = torch.nn.Identity()
    return network


def build_ownnet(width: int) -> torch.nn.Module:
    """Returns OwnNet-w, as `emotionet_tf.models.backbones.ownnet` has it."""
    from torch import nn

    channels = [4 * width * 2**i for i in (0, 1, 2, 3, 4, 5, 5)]
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(zip([3, *channels], channels, strict=False)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        if i < _NUM_POOLED:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def heads_behind(backbone: torch.nn.Module, num_heads: int, num_outputs: int) -> torch.nn.Module:
    """Returns a backbone with dropout and output layers behind it."""
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = backbone
            self.dropout = nn.Dropout(0.5)
            self.heads = nn.ModuleList(nn.LazyLinear(num_outputs) for _ in range(num_heads))

        def forward(self, pixels: torch.Tensor) -> list[torch.Tensor]:
            features = self.dropout(self.backbone(pixels))
            return [head(features) for head in self.heads]

    network = Network()
    import torch

    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 64, 64))
    return network
