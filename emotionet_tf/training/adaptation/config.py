"""The settings of adaptations to other photos, apart from what imports TensorFlow."""

from __future__ import annotations

from dataclasses import MISSING, dataclass

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.level import Level
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation
from emotionet_tf.stream.sources import Source, parse_source
from emotionet_tf.training.values_by_au import parse_aus


@dataclass(frozen=True, kw_only=True)
class NormAdaptationConfig:
    """An adaptation of a network's batch normalisations.

    Raises:
      UserError: If a value is not valid.
    """

    model_dir: str = setting(MISSING, "The network's folder.")
    records_dir: str = setting(
        MISSING,
        "Records of the photos to adapt to, as write_records makes them; their labels are not looked at.",
    )
    output_dir: str = setting(MISSING, "Folder of the adapted network.")
    which: str | None = setting(
        None, "Model of the folder. Default: best, else last.", choices=("best", "last")
    )
    batch_size: int = setting(
        64, "Images whose means and variances are taken together; our choice.", at_least=2
    )
    num_batches: int | None = setting(
        None, "Batches to take the statistics from. Default: as many as the records fill once.", at_least=1
    )
    seed: int = setting(0, "Decides the order of the records, and which are mirrored.", at_least=0)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, kw_only=True)
class HeadRefitConfig:
    """A refit of a network's heads.

    Raises:
      UserError: If a value is not valid.
    """

    model_dir: str = setting(MISSING, "The network's folder.")
    sources: tuple[Source, ...] = setting(
        MISSING,
        "Labelled photos of a head, as HEAD=RECORDS_DIR or HEAD=RECORDS_DIR@LABELS_DIR (labels by pseudo_label); "
        "repeat for more heads. Other heads stay as they are.",
        flag="source",
        is_repeated=True,
        from_flag=lambda texts: tuple(map(parse_source, texts)),
    )
    records_dir: str = setting(
        MISSING,
        "Records of photos like those that the network is to see, as write_records makes them; their labels are not "
        "looked at.",
    )
    output_dir: str = setting(MISSING, "Folder of the refitted network.")
    which: str | None = setting(
        None, "Model of the folder. Default: best, else last.", choices=("best", "last")
    )
    shrinkage: float = setting(
        0.85,
        "How much less the heads rely on small differences between features that go together: 0 is not, 1 is each "
        "feature by itself; our choice.",
        at_least=0,
        at_most=1,
    )
    label_smoothing: float = setting(
        0.1,
        "Share of a label moved to 1/2 where scores are scaled to it, as in training: clear cases alone would make "
        "scores surer than they are.",
        at_least=0,
        at_most=0.99,
    )
    levels: tuple[str, ...] = setting(
        (),
        "An earlier layer of the backbone that the heads see, too, as LAYER:WINDOW: its maps, averaged over squares of "
        "WINDOW places, such as relu4:2; repeat for more. Each votes on its own.",
        flag="level",
        is_repeated=True,
    )
    level_shrinkage: float = setting(
        0.5, "As --shrinkage, of what the heads see of --level; our choice.", at_least=0, at_most=1
    )
    level_aus: tuple[int, ...] = setting(
        (),
        "AUs that the levels alone vote on: those that show in small things, of which features keep little.",
        from_flag=lambda texts: parse_aus(texts, "level_aus"),
    )
    new_heads: tuple[str, ...] = setting(
        (), "A head to add, whose photos are a --source; repeat for more.", flag="new_head", is_repeated=True
    )
    num_images: int = setting(
        12_000,
        "Images of each of the records, each changed at random; fewer records are gone through several times. Our "
        "choice.",
        at_least=1,
    )
    batch_size: int = setting(
        64, "Images at a time, of which the last batch has as many; decides speed and memory.", at_least=1
    )
    augmentation: Augmentation = setting(
        Augmentation,
        "Change images at random, as training does; --noaugment leaves them, whatever the ranges say.",
        flag="augment",
        off_value=NO_AUGMENTATION,
    )
    seed: int = setting(0, "Decides the order of the records, and how images are changed.", at_least=0)

    def __post_init__(self) -> None:
        check_settings(self)
        for text in self.levels:
            Level.from_text(text)
        heads = [source.head for source in self.sources]
        for head in heads:
            if heads.count(head) > 1:
                raise UserError(f"--source: {head} is given twice; a head is refitted on one dataset")
        if without := [head for head in self.new_heads if head not in heads]:
            raise UserError(
                f"--new_head: {without[0]} has no photos; give them as --source={without[0]}=RECORDS_DIR"
            )
