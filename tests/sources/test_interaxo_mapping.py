"""Items of rooms become documents: titles, crumbs, facets, links; what settings override, leave out and choose."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.document.document import Facet
from connector.errors import RecordInvalid, SettingsError
from connector.sources.interaxo.kinds import KINDS
from connector.sources.interaxo.mapping import check_rules
from connector.sources.interaxo.places import RoomRow
from connector.sources.interaxo.wire import Item, Unreadable
from tests.builders import AUDIENCE
from tests.sources.interaxo_bridge import (
    DEFINITIONS,
    ROWS,
    below,
    document_of,
    facets_of,
    make_entry,
    make_mapping,
    make_rules,
    top_of,
)

# -- documents ------------------------------------------------------------------------------------


def test_a_room_and_its_root_are_one_document() -> None:
    mapping = make_mapping()
    listed = top_of(mapping)
    assert isinstance(listed.origin, RoomRow)
    document = mapping.documents.of_room(listed.origin)
    assert (listed.id, listed.kind) == (document.id, "room") == ("ix-root", "room")
    assert document.title == "The Bridge"
    assert document.summary == document.text == "Over the sound"
    assert document.url == "https://ix.example.com/example-corp/bridge/documentLibrary/root"
    assert document.path == "/ix-root/"
    assert document.is_parent
    assert [crumb.label for crumb in document.crumbs] == ["Example Corp", "Infrastructure"]
    assert facets_of(document) == {
        "Community": ["Example Corp"], "Workspace": ["Infrastructure"], "Room": ["The Bridge"], "Project": ["P-17"], "Kind": ["Room"],
    }  # fmt: skip
    assert document.audience == AUDIENCE


@pytest.mark.parametrize(
    ("item", "folders", "kind", "word"),
    [
        ("d1", (), "folder", "Folder"),
        ("a1", (), "folder", "Active folder"),
        ("w1", (), "folder", "Workflow folder"),
        ("e1", ("a1",), "entry", "Entry"),
        ("f1", ("d1",), "file", "File"),
        ("f1", ("a1", "e1"), "attachment", "Attachment"),
        ("l1", ("d1",), "link", "Link"),
        ("l2", ("d1",), "link", "Link"),
    ],
)
def test_every_type_of_item_becomes_a_document(
    item: str, folders: tuple[str, ...], kind: str, word: str
) -> None:
    mapping = make_mapping()
    above = [ROWS[one] for one in folders]
    listed = below(mapping, ROWS[item], *above)
    document = document_of(mapping, ROWS[item], *above)
    assert listed.kind == kind
    assert document.type_name == f"Interaxo {kind}"
    assert facets_of(document)["Kind"] == [word]
    assert document.path == "/" + "/".join(["ix-root", *(f"ix-{one}" for one in folders), f"ix-{item}"]) + "/"
    assert document.is_parent == (listed.container is not None) == (kind in {"folder", "entry"})
    assert listed.id == document.id == f"ix-{item}"


def test_an_item_of_an_unknown_type_is_still_found() -> None:
    mapping = make_mapping()
    item = Item(id="h1", type="hologram", name="Bridge in 3D")
    document = document_of(mapping, item)
    assert document.title == "Bridge in 3D"
    assert facets_of(document)["Kind"] == ["hologram"]
    assert not document.is_parent


def test_crumbs_lead_from_the_community_to_the_parent_with_links_where_they_are_known() -> None:
    document = document_of(make_mapping(), ROWS["f1"], ROWS["d1"])
    assert [(crumb.label, crumb.url) for crumb in document.crumbs] == [
        ("Example Corp", None),
        ("Infrastructure", None),
        ("The Bridge", "https://ix.example.com/example-corp/bridge/documentLibrary/root"),
        ("Drawings", "https://ix.example.com/example-corp/bridge/documentLibrary/d1"),
    ]


def test_all_seven_types_of_fields_become_typed_facets_and_text() -> None:
    document = document_of(make_mapping(), make_entry(), DEFINITIONS)
    told = facets_of(document)
    assert told["Amount"] == [1.23]
    assert told["Due"] == [datetime(2017, 7, 12, tzinfo=UTC)]
    assert told["Discipline"] == ["Steel", "Concrete"]
    assert told["Responsible"] == ["user@example.com", "All participants"]
    assert told["Number"] == ["000001"]
    assert told["Remark"] == ["under a key with a colon"]
    assert told["Step"] == ["New"]
    assert "Question" not in told  # prose is to be found, not to be filtered by
    assert document.summary == "Which bolts go into the flange?"
    for line in ("Subject: Which bolts?", "Amount: 1.23", "Due: 2017-07-12", "Discipline: Steel, Concrete"):
        assert line in document.text.splitlines()
    assert "<b>" not in document.text


@pytest.mark.parametrize("kind", ["rich-text", "rich_text"])
def test_rich_text_is_read_under_both_of_its_names(kind: str) -> None:
    field = {"id": "q", "type": kind, "name": "Question", "value": "<p>Which <b>bolts</b>?</p>"}
    document = document_of(make_mapping(), make_entry(fields=[field]), DEFINITIONS)
    assert document.summary == "Which bolts?"
    assert "Question" not in facets_of(document)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("list", "Steel", "Steel"), ("member", {"id": "x"}, "x"), ("hologram", [1, 2], 1), ("string", 7, "7"), ("numeric", 10000, 100),
    ],
)  # fmt: skip
def test_a_value_that_is_not_as_promised_is_shown_as_it_is(kind: str, value: object, shown: object) -> None:
    field = {"id": "x", "type": kind, "name": "Odd", "value": value}
    document = document_of(make_mapping(), make_entry(fields=[field]), DEFINITIONS)
    assert str(facets_of(document)["Odd"][0]) == str(shown)


@pytest.mark.parametrize(
    ("kind", "value"), [("date", "12.07.2017"), ("numeric", "many"), ("numeric", "1,5"), ("numeric", True)]
)
def test_what_is_no_number_and_no_date_is_found_by_its_words_only(kind: str, value: object) -> None:
    field = {"id": "x", "type": kind, "name": "Odd", "value": value}
    document = document_of(make_mapping(), make_entry(fields=[field]), DEFINITIONS)
    assert "Odd" not in facets_of(document)
    assert f"Odd: {value}" in document.text.splitlines()


@pytest.mark.parametrize("value", [None, "", [], " ", [None], [{"name": ""}]])
def test_an_empty_field_leaves_no_trace(value: object) -> None:
    field = {"id": "x", "type": "string", "name": "Odd", "value": value}
    assert "Odd" not in facets_of(document_of(make_mapping(), make_entry(fields=[field]), DEFINITIONS))


def test_an_entrys_title_is_the_field_that_its_folder_marks_then_its_name_number_and_id() -> None:
    mapping = make_mapping()
    number = {"id": "n", "type": "auto-number", "name": "Number", "value": "000001"}
    assert document_of(mapping, make_entry(), DEFINITIONS).title == "Which bolts?"
    assert "RFI one" in document_of(mapping, make_entry(), DEFINITIONS).keywords.split("e1 ")[1]
    assert document_of(mapping, make_entry(fields=[number]), DEFINITIONS).title == "RFI one"
    assert document_of(mapping, make_entry(fields=[number], name=" "), DEFINITIONS).title == "000001"
    assert document_of(mapping, make_entry(fields=[], name=None), DEFINITIONS).title == "e1"


def test_a_number_and_the_own_id_of_an_item_can_be_searched_for() -> None:
    document = document_of(make_mapping(), make_entry(), DEFINITIONS)
    assert {"e1", "000001"} <= set(document.keywords.split())


def test_files_carry_type_and_version() -> None:
    told = facets_of(document_of(make_mapping(), ROWS["f1"], ROWS["d1"]))
    assert told["File type"] == ["PDF"]
    assert told["Version"] == ["1.0"]


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.TXT", "TXT"),
        (".profile", None),
        ("a.", None),
        ("plain", None),
        ("a.b c", None),
        ("x.tar.gz", "GZ"),
    ],
)
def test_a_file_type_is_the_ending_of_its_name(name: str, type_: str | None) -> None:
    told = facets_of(document_of(make_mapping(), Item(id="f", type="file", name=name), ROWS["d1"]))
    assert told.get("File type", [None]) == [type_]


def test_links_lead_where_they_point_but_never_to_a_script() -> None:
    mapping = make_mapping()
    assert document_of(mapping, ROWS["l2"]).url == "https://example.com/site"
    assert document_of(mapping, ROWS["l1"]).url.endswith("/documentLibrary/f1")
    for url in ("javascript:alert(1)", "file:///etc/passwd", "", None, "https://[", "//x"):
        item = Item(id="l3", type="external-link", name="Site", url=url)
        assert document_of(mapping, item).url.endswith("/documentLibrary/l3"), url


def test_addresses_are_quoted() -> None:
    document = document_of(make_mapping(), Item(id="a/b?c#å", type="file", name="x"), id="my room")
    assert document.url == "https://ix.example.com/example-corp/my%20room/documentLibrary/a%2Fb%3Fc%23%C3%A5"


def test_times_and_author_are_carried_over() -> None:
    document = document_of(make_mapping(), make_entry(), DEFINITIONS)
    assert document.author == "Kari Nordmann"
    assert document.created == datetime(2017, 7, 12, 10, 11, 12, 345_000, tzinfo=UTC)
    assert document.modified == datetime(2017, 7, 13, 8, 11, 12, tzinfo=UTC)


# -- settings ---------------------------------------------------------------------------------------


def test_templates_override_every_part_of_a_document() -> None:
    override = {
        "type": "{{ item.room }} RFI",
        "title": "{{ item.number }} {{ item.name }}",
        "summary": "{{ item.fields['Discipline'] | join('+') }} {{ item.fields.Amount }} {{ item.step }}",
        "keywords": "{{ item.metadata.Project }} {{ item.workspace }} {{ item.community }}",
        "best_bets": ["{{ item.number }}", "{{ item.fields.Missing }}"],
        "facets": ["Amount"],
    }
    mapping = make_mapping(overrides={"entry": override})
    document = document_of(mapping, make_entry(), DEFINITIONS)
    assert document.type_name == "The Bridge RFI"
    assert document.title == "000001 Which bolts?"
    assert document.summary == "Steel+Concrete 1.23 New"
    assert document.keywords == "P-17 Infrastructure Example Corp"
    assert document.best_bets == ("000001",)
    assert {"Amount", "Room", "Kind", "Step"} <= facets_of(document).keys()
    assert not {"Due", "Discipline"} & facets_of(document).keys()


def test_a_title_or_type_that_comes_out_empty_falls_back() -> None:
    override = {"title": "{{ item.fields.Missing }}", "type": " "}
    document = document_of(make_mapping(overrides={"entry": override}), make_entry(), DEFINITIONS)
    assert document.title == "Which bolts?"
    assert document.type_name == "Interaxo entry"


def test_an_override_of_one_kind_leaves_the_others_alone() -> None:
    mapping = make_mapping(overrides={"attachment": {"title": "Attached: {{ item.name }}"}})
    assert document_of(mapping, ROWS["f1"], ROWS["d1"]).title == "plan.PDF"
    assert document_of(mapping, ROWS["f1"], ROWS["a1"], ROWS["e1"]).title == "Attached: plan.PDF"


def test_an_excluded_item_is_left_out_and_its_children_are_not_listed() -> None:
    mapping = make_mapping(overrides={"entry": {"exclude": "{{ item.fields.Amount == 1.23 }}"}})
    listed = below(mapping, make_entry(), DEFINITIONS)
    assert listed.left_out == "left out by the mapping"
    assert listed.container is None
    assert not below(mapping, make_entry(fields=[]), DEFINITIONS).left_out


def test_entries_in_historical_steps_are_left_out_unless_the_settings_ask_for_them() -> None:
    entry = make_entry(step={"id": "s2", "name": "Superseded"})
    assert below(make_mapping(), entry, ROWS["w1"]).left_out == "historical step"
    assert not below(make_mapping(), make_entry(), ROWS["w1"]).left_out
    assert not below(make_mapping(historical=True), entry, ROWS["w1"]).left_out
    assert make_mapping(historical=True).left_out_rules != make_mapping().left_out_rules


def test_an_exclude_that_fails_lets_nothing_through_and_leaves_nothing_out() -> None:
    mapping = make_mapping(overrides={"entry": {"exclude": "{{ 1 / 0 }}"}})
    listed = below(mapping, make_entry(), DEFINITIONS)
    assert not listed.left_out
    assert listed.container is None
    assert isinstance(listed.origin, Unreadable)  # which quarantines it
    assert "sources.interaxo.mapping.entry.exclude" in listed.origin.problem


def test_a_template_that_fails_quarantines_the_item() -> None:
    mapping = make_mapping(overrides={"entry": {"title": "{{ 1 / 0 }}"}})
    with pytest.raises(RecordInvalid, match=r"sources\.interaxo\.mapping\.entry\.title"):
        document_of(mapping, make_entry(), DEFINITIONS)


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ({"entries": {"title": "x"}}, "sources.interaxo.mapping.entries"),
        ({"entry": {"title": "{{ item.colour }}"}}, "sources.interaxo.mapping.entry.title"),
        ({"file": {"best_bets": ["x", "{{ item. }}"]}}, "sources.interaxo.mapping.file.best_bets"),
        ({"link": {"exclude": "{{ colour }}"}}, "sources.interaxo.mapping.link.exclude"),
    ],
)
def test_a_mistake_in_the_mapping_names_its_key_before_any_request(
    overrides: dict[str, Any], key: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_rules(make_rules(overrides=overrides))
    assert caught.value.key == key


def test_every_kind_can_be_overridden() -> None:
    check_rules(make_rules(overrides={kind: {"title": "{{ item.name }}"} for kind in KINDS}))


@pytest.mark.parametrize(
    ("globs", "included"),
    [
        (("*",), True), (("bridge",), True), (("BRIDGE",), True), (("example-corp/*",), True), (("other/*",), False), (("tunnel",), False),
        (("*", "!bri*"), False), (("!bridge", "*"), False), (("bri?ge", "!example-corp/tunnel"), True),
    ],
)  # fmt: skip
def test_globs_choose_rooms_and_an_exclusion_wins(globs: tuple[str, ...], included: bool) -> None:
    mapping = make_mapping(rooms=globs, public_rooms=globs)
    assert mapping.globs.choose("example-corp", "bridge") is included
    assert mapping.globs.make_public("example-corp", "bridge") is included


@pytest.mark.parametrize(
    ("globs", "included"),
    [
        (("ex*",), False), (("*corp*",), False), (("example-corp*",), False), (("ex*/*",), True), (("*/bri*",), True),
        (("exa*/tunnel", "ex*"), False), (("*", "!ex*"), False), (("*", "!example-corp/*"), False),
    ],
)  # fmt: skip
def test_a_pattern_without_a_slash_names_no_room_by_its_community(
    globs: tuple[str, ...], included: bool
) -> None:
    """Else `open-*` makes every room of a community that is called so public; what may be meant to be left out is."""
    mapping = make_mapping(rooms=globs, public_rooms=globs)
    assert mapping.globs.choose("example-corp", "bridge") is included
    assert mapping.globs.make_public("example-corp", "bridge") is included


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_a_pattern_means_a_room_however_its_letters_were_typed(form: Any, typed: Any) -> None:
    slug, glob = unicodedata.normalize(form, "r\u00e5d-2"), unicodedata.normalize(typed, "R\u00c5D-*")
    assert make_mapping(rooms=(glob,)).globs.choose("example-corp", slug)
    assert not make_mapping(rooms=("*", f"!{glob}")).globs.choose("example-corp", slug)


@pytest.mark.parametrize(
    ("globs", "idle"),
    [
        (("*", "!bridge"), []), (("*", "!brigde"), ["!brigde"]), (("*", "!archive-*"), []), (("*", "!Example-Corp/Bridge"), []),
        (("*", "!example-corp/tunnel"), ["!example-corp/tunnel"]), (("tunnel", "bridge"), ["tunnel"]),
    ],
)  # fmt: skip
def test_a_name_that_no_room_has_is_told_also_where_it_was_to_be_left_out(
    globs: tuple[str, ...], idle: list[str]
) -> None:
    """Whoever mistypes what is to stay out has it in the search."""
    told = make_mapping(rooms=globs).globs.idle([("example-corp", "bridge")])
    assert told == [f"rooms: {one}" for one in idle]


def test_no_room_is_public_by_default() -> None:
    assert not make_mapping().globs.make_public("example-corp", "bridge")


def test_an_unknown_audience_is_not_taken_for_nobody_in_the_listing() -> None:
    listed = below(make_mapping(), ROWS["f1"], ROWS["d1"], audience=None)
    assert listed.audience is None
    assert Facet("Room", "The Bridge") in document_of(make_mapping(), ROWS["f1"], audience=None).facets


# -- what real registers hold ---------------------------------------------------------------------


def test_a_dash_in_a_mandatory_field_is_no_facet() -> None:
    fields = [
        {"id": "r", "type": "string", "name": "REV. BETECKNING", "value": "-"},
        {"id": "l", "type": "list", "name": "Disciplin", "value": ["-", "Steel"]},
    ]
    told = facets_of(document_of(make_mapping(), make_entry(fields=fields), DEFINITIONS))
    assert "REV. BETECKNING" not in told
    assert told["Disciplin"] == ["Steel"]


def test_an_entry_without_a_name_is_called_by_the_field_that_is_its_name() -> None:
    fields = [
        {"id": "n", "type": "auto-number", "name": "No", "value": "000007"},
        {"id": "s", "type": "string", "name": "STATUS", "value": "Granskning"},
        {"id": "x", "type": "string", "name": "NAMN", "value": "K-20-1-001"},
    ]
    mapping = make_mapping()
    assert document_of(mapping, make_entry(name=None, fields=fields), DEFINITIONS).title == "K-20-1-001"
    assert document_of(mapping, make_entry(name=None, fields=fields[:2]), DEFINITIONS).title == "000007"
    assert document_of(mapping, make_entry(name=None, fields=fields[1:2]), DEFINITIONS).title == "Granskning"


def test_a_list_prints_as_its_values_in_a_template() -> None:
    mapping = make_mapping(overrides={"entry": {"title": "{{ item.fields['Typ'] }} {{ item.name }}"}})
    fields = [{"id": "t", "type": "list", "name": "Typ", "value": ["Ritning", "Modell"]}]
    assert (
        document_of(mapping, make_entry(name="A-1", fields=fields), DEFINITIONS).title
        == "Ritning, Modell A-1"
    )
