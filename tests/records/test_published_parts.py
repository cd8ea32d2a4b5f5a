"""The published parts of DISFA and BP4D, against the numbers that three published sources give them."""

import pytest

from emotionet_tf.records.protocols.published_parts import BP4D_PERSONS, DISFA_PERSONS, PUBLISHED

DISFA, BP4D, FERA = (PUBLISHED[name] for name in ("disfa_3parts", "bp4d_3parts", "bp4d_fera2015"))

# From the published lists: persons tested by JAA-Net's part 1, 2, 3.
JAANET = {
    "disfa": (
        "SN001 SN002 SN009 SN010 SN016 SN026 SN027 SN030 SN032",
        "SN006 SN011 SN012 SN013 SN018 SN021 SN024 SN028 SN031",
        "SN003 SN004 SN005 SN007 SN008 SN017 SN023 SN025 SN029",
    ),
    "bp4d": (
        "F001 F002 F008 F009 F010 F016 F018 F023 M001 M004 M007 M008 M012 M014",
        "F003 F005 F011 F013 F020 F022 M002 M005 M010 M011 M013 M016 M017 M018",
        "F004 F006 F007 F012 F014 F015 F017 F019 F021 M003 M006 M009 M015",
    ),
}
# By JAA-Net's part: the number of the same persons' test in ME-GraphAU (fold) and in FG-Net (folder).
NUMBERS = {1: (3, 0), 2: (2, 1), 3: (1, 2)}


@pytest.mark.parametrize("protocol", PUBLISHED.values(), ids=PUBLISHED)
def test_nobody_is_in_two_parts(protocol):
    assert len(set(protocol.persons)) == len(protocol.persons)


def test_parts_cover_all_persons():
    assert len(DISFA_PERSONS) == 27 and set(DISFA.persons) == set(DISFA_PERSONS)
    assert len(BP4D_PERSONS) == 41
    assert set(BP4D.persons) == set(FERA.persons) == set(BP4D_PERSONS)


def test_part_sizes_are_the_published_ones():
    assert [len(part.persons) for part in DISFA.parts] == [9, 9, 9]
    assert [len(part.persons) for part in BP4D.parts] == [14, 14, 13]
    assert [len(part.persons) for part in FERA.parts] == [21, 20]


@pytest.mark.parametrize(
    ("protocol", "first_persons"),
    [(DISFA, ("SN001", "SN006", "SN003")), (BP4D, ("F001", "F003", "F004"))],
    ids=["disfa", "bp4d"],
)
def test_published_numbers_are_of_these_parts(protocol, first_persons):
    for number, (persons, first) in enumerate(
        zip(JAANET[protocol.name.split("_")[0]], first_persons, strict=True), start=1
    ):
        assert protocol.named(f"part_of_{first}").persons == tuple(persons.split())
        me_graph_au_fold, fg_net_folder = NUMBERS[number]
        assert (me_graph_au_fold, fg_net_folder) == (4 - number, number - 1)


def test_fera_2015_trains_on_odd_and_tests_on_even_numbers():
    assert FERA.tested == ("fera2015_devel",)
    devel = FERA.named("fera2015_devel").persons
    assert {"M018", "M008", "F022", "F002"} <= set(devel) and not {"M017", "F001"} & set(devel)
    assert [part.name for part in FERA.learnt_without("fera2015_devel")] == ["fera2015_train"]


def test_scored_aus_are_the_published_ones():
    assert DISFA.aus == (1, 2, 4, 6, 9, 12, 25, 26)
    assert BP4D.aus == (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
    assert BP4D.aus[:-1] == FERA.aus
