"""The parts of DISFA's and BP4D's persons as they were published, named by who is tested.

JAA-Net, ME-GraphAU and FG-Net use the same parts and number them differently: JAA-Net's part 1 is tested in
ME-GraphAU's fold 3 and in FG-Net's folder 0. So no part has a number here; `docs/guides/protocols.md` has the table.

Sources: Shao et al. 2021 (JAA-Net), Luo et al. 2022 (ME-GraphAU), Yin et al. 2024 (FG-Net), by the lists that they
published; Valstar et al. 2015 (FERA 2015), whose training and development persons are BP4D's.
"""

from __future__ import annotations

from collections.abc import Mapping

from emotionet_tf.records.protocols.parts import Part, Protocol, named_by_first

DISFA_PERSONS = tuple(f"SN{number:03d}" for number in (*range(1, 14), 16, 17, 18, 21, *range(23, 33)))
BP4D_PERSONS = (
    *(f"F{number:03d}" for number in range(1, 24)),
    *(f"M{number:03d}" for number in range(1, 19)),
)

_DISFA_PARTS = named_by_first(
    "SN001 SN002 SN009 SN010 SN016 SN026 SN027 SN030 SN032",
    "SN003 SN004 SN005 SN007 SN008 SN017 SN023 SN025 SN029",
    "SN006 SN011 SN012 SN013 SN018 SN021 SN024 SN028 SN031",
)
_BP4D_PARTS = named_by_first(
    "F001 F002 F008 F009 F010 F016 F018 F023 M001 M004 M007 M008 M012 M014",
    "F003 F005 F011 F013 F020 F022 M002 M005 M010 M011 M013 M016 M017 M018",
    "F004 F006 F007 F012 F014 F015 F017 F019 F021 M003 M006 M009 M015",
)
_TRAIN, _DEVEL = (
    tuple(person for person in BP4D_PERSONS if int(person[1:]) % 2 == remainder) for remainder in (1, 0)
)
_SHARED = "the parts of JAA-Net, ME-GraphAU and FG-Net"

PUBLISHED: Mapping[str, Protocol] = {
    one.name: one
    for one in (
        Protocol(
            "disfa_3parts",
            _DISFA_PARTS,
            tuple(part.name for part in _DISFA_PARTS),
            (1, 2, 4, 6, 9, 12, 25, 26),
            {"label files (ME-GraphAU)": 130_814, "JAA-Net": 126_144, "FG-Net": 130_311},
            _SHARED,
        ),
        Protocol(
            "bp4d_3parts",
            _BP4D_PARTS,
            tuple(part.name for part in _BP4D_PARTS),
            (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24),
            {"label files": 146_847, "JAA-Net": 146_576, "FG-Net": 146_423},
            _SHARED,
        ),
        Protocol(
            "bp4d_fera2015",
            (Part("fera2015_train", _TRAIN), Part("fera2015_devel", _DEVEL)),
            ("fera2015_devel",),
            (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23),
            source="FERA 2015: trained on odd numbers, tested on even ones",
        ),
    )
}
"""By name; no published part has a person of another part of its protocol."""
