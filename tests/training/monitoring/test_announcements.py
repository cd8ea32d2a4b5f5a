from types import SimpleNamespace

from emotionet_tf.stream.sources import Source
from emotionet_tf.training.monitoring.announcements import warn_of_narrow_images


def warnings_of(capsys, image_size_px: int, *crop_sizes_px: int) -> list[str]:
    sources = tuple(Source(f"head{size}", f"records/{size}") for size in crop_sizes_px)
    config = SimpleNamespace(image_size_px=image_size_px, sources=sources)
    warn_of_narrow_images(config, [SimpleNamespace(crop_size_px=size) for size in crop_sizes_px])
    return capsys.readouterr().out.splitlines()


def test_images_that_cut_off_much_of_the_crops_are_warned_of(capsys):
    # 96 / 0.9, as 224 px are seen of 240.
    assert warnings_of(capsys, 96, 240, 107) == [
        "warning: the network sees the middle 96 px of the 240 px crops in records/240, not the whole face; "
        "align_faces --crop_size_px=107 makes fitting ones"
    ]


def test_usual_margins_are_not_warned_of(capsys):
    for image_size_px, crop_size_px in ((224, 240), (112, 124), (64, 72), (48, 56), (96, 128)):
        assert not warnings_of(capsys, image_size_px, crop_size_px)
