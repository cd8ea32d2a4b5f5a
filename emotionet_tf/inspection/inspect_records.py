"""Inspecting records folders: what is in them, whether they are whole, what occurs twice, and a sheet of crops."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field

from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.inspection.contact_sheet import SheetChoice, SheetPicker, draw_section, stack_sections
from emotionet_tf.inspection.crop_hashes import MAX_DISTANCE
from emotionet_tf.inspection.duplicates import Repetition, find_repetitions
from emotionet_tf.inspection.folder_contents import RecordContents, read_contents
from emotionet_tf.photos.picture_sheets import write_png
from emotionet_tf.records.dataset_info import ROWS_FILE, load_dataset_info
from emotionet_tf.storage.files import check_writable
from emotionet_tf.storage.paths import as_path


@dataclass(frozen=True)
class InspectionConfig:
    """What to inspect.

    Attributes:
      records_dirs: Records folders.
      output: PNG file of the sheet; empty for none.
      sheet: What the sheet shows.
      near_bits: Bits, of 256, in which the codes of nearly the same pictures differ at most; 0 does not look for them.
      max_listed: How many problems of a folder, and examples of what occurs twice, to name.
    """

    records_dirs: tuple[str, ...]
    output: str = ""
    sheet: SheetChoice = field(default_factory=SheetChoice)
    near_bits: int = 0
    max_listed: int = 10

    def __post_init__(self) -> None:
        if not self.records_dirs:
            raise UserError("records_dirs names no folder")
        places = [as_path(name).resolve() for name in self.records_dirs]
        twice = [
            name for name, place in zip(self.records_dirs, places, strict=True) if places.count(place) > 1
        ]
        if twice:
            raise UserError(f"records_dirs names {twice[0]} twice")
        if not 0 <= self.near_bits <= MAX_DISTANCE:
            raise UserError(f"near_bits must be 0 to {MAX_DISTANCE}, got {self.near_bits}")
        if self.max_listed < 1:
            raise UserError(f"max_listed must be 1 or more, got {self.max_listed}")
        if self.output and not self.output.lower().endswith(".png"):
            raise UserError(f"output {self.output} must end in .png")
        if not self.output and (chosen := self.sheet.changed_names()):
            raise UserError(f"{', '.join(chosen)}: only for a sheet; give its file with output")


@dataclass(frozen=True, eq=False)
class Inspection:
    """What was found.

    Attributes:
      contents: What is in each folder.
      repetitions: What occurs twice in or among them.
      missing_ids: Ids that the sheet should show, but that no record has.
    """

    contents: tuple[RecordContents, ...]
    repetitions: tuple[Repetition, ...]
    missing_ids: tuple[str, ...]


def inspect_records(config: InspectionConfig, show: Callable[[RecordContents], None]) -> Inspection:
    """Reads records folders completely and writes the sheet.

    Args:
      config: What to inspect.
      show: Called with each folder's contents as soon as it is read.
    Raises:
      UserError: If a folder is not a records folder, an id that the sheet should show is in no folder's rows, or the
        sheet cannot be written.
    """
    if config.output:
        check_writable(as_path(config.output), "output")
    infos = [load_dataset_info(folder, check_shards=False) for folder in config.records_dirs]
    _refuse_unknown_ids(config)
    contents, sections = [], []
    found_ids: set[str] = set()
    for folder, info in zip(config.records_dirs, infos, strict=True):
        picker = SheetPicker(config.sheet, info.aus)
        folder_contents = _read(folder, info.num_examples, config, picker)
        show(folder_contents)
        contents.append(folder_contents)
        if config.output:
            found_ids |= picker.found_ids
            sections.append(draw_section(folder_contents, picker, config.sheet))
    if config.output:
        write_png(as_path(config.output), stack_sections(sections))
    repetitions = find_repetitions(
        {one.folder: one.photos for one in contents},
        max_distance=config.near_bits,
        max_examples=config.max_listed,
    )
    missing = [name for name in config.sheet.ids if name not in found_ids]
    return Inspection(tuple(contents), tuple(repetitions), tuple(missing) if config.output else ())


def _refuse_unknown_ids(config: InspectionConfig) -> None:
    """Raises UserError for an id that no folder lists, before all records are read."""
    unknown = set(config.sheet.ids)
    for folder in config.records_dirs if unknown else ():
        try:
            with (as_path(folder) / ROWS_FILE).open(encoding="utf-8", newline="") as file:
                unknown.difference_update(row["id"] for row in csv.DictReader(file))
        except (OSError, ValueError, KeyError, csv.Error):
            return  # a missing or damaged table is reported with the other problems
    if unknown:
        first = next(name for name in config.sheet.ids if name in unknown)
        raise UserError(f"ids: no row of {', '.join(config.records_dirs)} has the id {first}")


def _read(folder: str, num_examples: int, config: InspectionConfig, picker: SheetPicker) -> RecordContents:
    line = CountLine(f"records of {folder}")
    line(0, num_examples)
    contents = read_contents(
        folder,
        with_looks=config.near_bits > 0,
        look_at=picker.add if config.output else lambda examples: None,
        progress=lambda done: line(done, num_examples),
    )
    if contents.num_read < num_examples:
        line(contents.num_read, contents.num_read)  # finishes the line
    return contents
