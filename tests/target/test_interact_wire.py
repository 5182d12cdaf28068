"""Documents as Interact takes them, and its answers as we read them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.audience import make_audience
from connector.document.document import Crumb, Facet, Rendered
from connector.target import wire
from connector.target.replies import WORDS_OF_CODE, Failure, PeopleReply, Problem, PushReply
from connector.target.results import account_for, account_for_people
from connector.target.wire import State
from tests.builders import audience_of, make_document, make_rendered, sample

KEYS = {
    "GloballyUniqueId", "DocTypeName", "Title", "Url", "Summary", "AuthorName", "CreatedDate", "ModifiedDate", "Taxonomy",
    "CrumbLinks", "Keywords", "Bestbets", "DeletionMode", "IsPublic", "ExternalIdentities", "MaterializedPath", "IsParent",
    "FileContents", "SynchroniseState", "ShouldSaveSynchroniseState",
}  # fmt: skip
STATE = State(f="ab" * 16, v="cd" * 16, a="ef" * 8, m="01" * 8)


def sent(rendered: Rendered, state: State = STATE) -> dict[str, Any]:
    """What goes over the wire, read back."""
    told: dict[str, Any] = json.loads(wire.envelope(rendered, state))
    return told


def test_a_document_has_exactly_the_vendors_keys_even_when_all_is_empty() -> None:
    empty = make_rendered(
        summary="", author="", created=None, modified=None, facets=(), crumbs=(), keywords="", text=""
    )
    assert set(sent(make_rendered())) == set(sent(empty)) == KEYS


def test_values_come_out_as_the_vendor_writes_them() -> None:
    told = sent(
        make_rendered(
            facets=(Facet("Room", "The Bridge"), Facet("Amount", 1.5), Facet("Due", datetime(2026, 12, 24, tzinfo=UTC))),
            best_bets=("bolts", " "),
            is_parent=True,
        )
    )  # fmt: skip
    assert told["CreatedDate"] == "2026-01-02T03:04:05.000Z"
    assert told["ModifiedDate"] == "2026-02-03T04:05:06.789Z"
    assert told["Taxonomy"] == [
        {"Name": "Room", "Type": "Text", "TextValue": "The Bridge"},
        {"Name": "Amount", "Type": "Number", "NumberValue": 1.5},
        {"Name": "Due", "Type": "Date", "DateValue": "2026-12-24T00:00:00.000Z"},
    ]
    assert told["CrumbLinks"] == [
        {"Key": "Example Corp"},
        {"Key": "The Bridge", "Url": "https://ix.example.com/r1"},
    ]
    assert told["Bestbets"] == ["bolts"]
    assert told["IsParent"] is True
    assert told["IsPublic"] is False
    assert told["MaterializedPath"] == "/ix-r1/ix-d1/ix-f1/"
    assert told["FileContents"] == "piers and abutments"
    assert told["ShouldSaveSynchroniseState"] is True


@pytest.mark.parametrize("mode", ["Session", "Explicit"])
def test_the_deletion_mode_is_always_sent(mode: str) -> None:
    assert sent(wire.render(make_document(), deletion_mode=mode))["DeletionMode"] == mode


def test_times_of_other_zones_are_sent_in_utc() -> None:
    oslo = timezone(timedelta(hours=2))
    told = sent(make_rendered(created=datetime(2026, 7, 1, 1, 30, tzinfo=oslo)))
    assert told["CreatedDate"] == "2026-06-30T23:30:00.000Z"


def test_identities_are_sorted_and_public_is_told() -> None:
    audience = audience_of("ix:user:b", "ix:group:c/a", "ix:user:a", public=True)
    told = sent(make_rendered(audience=audience))
    assert told["ExternalIdentities"] == ["ix:group:c/a", "ix:user:a", "ix:user:b"]
    assert told["IsPublic"] is True


def test_control_characters_and_lone_surrogates_never_leave() -> None:
    dirty = "a\x00b\x08c\ud800d\ufffee\x7f"
    told = sent(
        make_rendered(
            title=dirty,
            summary=dirty,
            author=dirty,
            keywords=dirty,
            text=f"{dirty}\nnext\tline",
            facets=(Facet(dirty, dirty),),
            crumbs=(Crumb(dirty),),
            best_bets=(dirty,),
        )
    )
    for value in (told["Title"], told["Summary"], told["AuthorName"], told["Keywords"], told["Bestbets"][0]):
        assert value == "abcde"
    assert told["FileContents"] == "abcde\nnext\tline"
    assert told["Taxonomy"] == [{"Name": "abcde", "Type": "Text", "TextValue": "abcde"}]
    assert told["CrumbLinks"] == [{"Key": "abcde"}]


@given(st.text(), st.text(), st.text(max_size=50))
def test_whatever_people_write_goes_out_as_valid_json_within_the_limits(
    title: str, summary: str, value: str
) -> None:
    told = sent(
        make_rendered(title=title * 30, summary=summary * 90, text=summary, facets=(Facet("F", value * 99),))
    )
    assert len(told["Title"]) <= 255
    assert len(told["Summary"]) <= 1_000
    assert all(len(facet["TextValue"]) <= 1_000 for facet in told["Taxonomy"])


def test_facets_and_crumbs_without_a_word_are_not_sent_empty() -> None:
    told = sent(make_rendered(facets=(Facet("", "x"), Facet("Empty", " ")), crumbs=(Crumb(" "),)))
    assert told["Taxonomy"] == []
    assert told["CrumbLinks"] == [{"Key": "…"}]


@pytest.mark.parametrize(
    ("changes", "fingerprint"),
    [
        ({}, "076be720778839039ac24345fe26ef07"),
        (
            {
                "title": "Ångström  nr 7 – Ærø, straße №3 (東京) \U0001f469\U0001f3fd\u200d\U0001f680",
                "summary": "one\ntwo\tthree\n\nå",
                "keywords": "f1 Ærø",
                "facets": (Facet("Läge", "Öst"), Facet("Amount", 3), Facet("Empty", " ")),
                "crumbs": (Crumb("Ærø"), Crumb(" ")),
                "best_bets": ("Ærø",),
                "text": "Ærø\nå",
            },
            "93276ee3472ef23c2d9b1955ce2b529d",
        ),
        ({"title": "x" * 300, "summary": "word å " * 300}, "40a9a877476ff5b635fb840ca5f4f9de"),
    ],
)
def test_ordinary_names_have_the_fingerprint_that_every_release_gave_them(
    changes: dict[str, Any], fingerprint: str
) -> None:
    """Else a release would push every document again."""
    assert make_rendered(**changes).fingerprint.hex() == fingerprint


def test_names_go_out_composed_in_one_line_and_without_what_nobody_sees() -> None:
    odd = "A\u030anga\n\u202eplan\u200b\t2"
    told = sent(
        make_rendered(
            title=odd, author=odd, type_name=odd, keywords=odd, best_bets=(odd, "\u3164"),
            facets=(Facet(odd, odd), Facet("\u3164", "x"), Facet("Nothing", "\u200b")), crumbs=(Crumb(odd), Crumb("\u2800")),
        )
    )  # fmt: skip
    plain = "Ånga plan 2"
    for key in ("Title", "AuthorName", "DocTypeName", "Keywords"):
        assert told[key] == plain, key
    assert told["Bestbets"] == [plain]
    assert told["Taxonomy"] == [{"Name": plain, "Type": "Text", "TextValue": plain}]
    assert told["CrumbLinks"] == [{"Key": plain}, {"Key": "…"}]


def test_a_title_that_nobody_sees_is_the_documents_id() -> None:
    assert sent(make_rendered(title="\u3164\u200b \u2800"))["Title"] == "ix-f1"


def test_titles_are_counted_as_the_vendor_counts_and_cut_between_signs() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    title = sent(make_rendered(title=family * 40))["Title"]
    assert len(title.encode("utf-16-le")) // 2 <= 255
    assert title == family * (len(title) // len(family)) + "…"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_no_facet(value: float) -> None:
    assert sent(make_rendered(facets=(Facet("Amount", value),)))["Taxonomy"] == []
    assert sent(make_rendered(facets=(Facet("Amount", 10**400),)))["Taxonomy"][0]["NumberValue"] == 10**400


def test_text_can_go_out_as_base64() -> None:
    told = sent(wire.render(make_document(text="blåbær"), deletion_mode="Session", encoding="base64"))
    assert base64.b64decode(told["FileContents"]).decode() == "blåbær"


# -- fingerprint and state ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"}, {"text": "other"}, {"text": ""}, {"audience": audience_of("ix:user:a")}, {"path": "/ix-r1/ix-f1/"},
        {"crumbs": (Crumb("Example Corp"),)}, {"facets": ()}, {"is_parent": True}, {"keywords": ""}, {"url": "https://other"},
        {"modified": datetime(2026, 2, 3, tzinfo=UTC)}, {"best_bets": ("x",)}, {"type_name": "T"}, {"author": ""},
        {"audience": make_audience(["interaxo:group:example-corp/all"], public=True)},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_whatever_is_pushed_counts_in_the_fingerprint(change: dict[str, Any]) -> None:
    assert make_rendered(**change).fingerprint != make_rendered().fingerprint


def test_what_is_kept_beside_a_document_does_not_count_in_its_fingerprint() -> None:
    rendered = make_rendered()
    one, other = sent(rendered, STATE), sent(rendered, State(f="ff"))
    assert one.pop("SynchroniseState") != other.pop("SynchroniseState")
    assert one == other
    assert make_rendered().fingerprint == rendered.fingerprint


def test_identities_in_another_order_give_the_same_fingerprint() -> None:
    one = make_rendered(audience=make_audience(["b", "a"]))
    other = make_rendered(audience=make_audience(["a", "b", "a"]))
    assert one.fingerprint == other.fingerprint


def test_the_state_is_small_and_reads_back() -> None:
    full = State(f="f" * 32, v="v" * 32, a="a" * 16, m="m" * 16, ledger="0" * 26, run=10**9, count=10**9)
    text = sent(make_rendered(), full)["SynchroniseState"]
    assert len(text.encode()) < 1_000
    assert wire.parse_state(text) == full


@pytest.mark.parametrize("text", [None, "", "token-of-somebody-else", "[]", '{"x": 1}', '{"f": 3}'])
def test_a_state_that_is_not_ours_is_none(text: str | None) -> None:
    assert wire.parse_state(text) is None


@pytest.mark.parametrize("of", ['"run":{}', '"count":{}', '"people":{}', '"others":{{"itr":{}}}'])
def test_a_state_that_counts_what_cannot_be_is_none(of: str) -> None:
    told = ['{"f":"",' + of.format(number) + "}" for number in (-1, 2**53, 10**400, 2**53 - 1)]
    assert [wire.parse_state(one) is None for one in told] == [True, True, True, False]


def test_an_accepted_document_can_be_pushed_again_with_another_audience_only() -> None:
    rendered = make_rendered()
    narrow = audience_of("ix:user:a")
    again = wire.with_audience(rendered.body, rendered.text, narrow)
    before, after = sent(rendered), sent(again)
    assert after["ExternalIdentities"] == ["ix:user:a"]
    # whether an update with an unmoved date takes effect is not stated, so the date moves by a moment
    assert before["ModifiedDate"] < after["ModifiedDate"] < "2026-02-03T04:05:08"
    for key in KEYS - {"ExternalIdentities", "ModifiedDate"}:
        assert after[key] == before[key], key
    assert again.fingerprint != rendered.fingerprint
    assert wire.with_audience(rendered.body, rendered.text, rendered.audience).body == rendered.body
    assert again.audience == narrow
    as_it_is = wire.with_audience(again.body, again.text, None)
    assert (as_it_is.body, as_it_is.audience) == (again.body, narrow)


def test_a_refused_document_is_made_lighter_step_by_step() -> None:
    rendered = make_rendered(title="Plan\n\tB")
    without, plain = (sent(one) for one in wire.lighter(rendered))
    assert without == {**sent(rendered), "FileContents": ""}
    assert set(plain) == KEYS
    assert plain["Title"] == "Plan B"
    for key in ("Summary", "Keywords", "Taxonomy", "CrumbLinks", "FileContents", "CreatedDate"):
        assert not plain[key]
    for key in (
        "GloballyUniqueId",
        "Url",
        "DeletionMode",
        "ExternalIdentities",
        "IsPublic",
        "MaterializedPath",
    ):
        assert plain[key] == sent(rendered)[key]


# -- answers ------------------------------------------------------------------------------------

IDS = ["ix-0", "ix-1", "ix-2", "ix-3", "ix-4", "ix-5", "ix-6", "ix-7", "ix-8", "ix-99"]


def test_every_id_of_a_batch_is_accounted_for_with_the_reason_in_words() -> None:
    told = account_for(IDS, msgspec.json.decode(sample("interact/partial.json"), type=PushReply))
    assert told.accepted == ["ix-1"]
    assert told.unanswered == ["ix-4"]
    words = {
        "ix-2": "no type", "ix-3": "no title", "ix-5": "facet has no name", "ix-6": "number facet", "ix-7": "date facet",
        "ix-8": "breadcrumb", "ix-99": "The flange is bent", "ix-0": "no reason given",
    }  # fmt: skip
    assert told.refused.keys() == words.keys()
    for identifier, word in words.items():
        assert word in told.refused[identifier]
    assert "no link" in told.refused["ix-3"]
    assert "names neither" not in told.words
    assert told.words


def test_all_eight_codes_have_words() -> None:
    assert set(WORDS_OF_CODE) == set(range(1, 9))


def test_an_id_that_is_both_accepted_and_refused_is_refused() -> None:
    failure = Failure("ix-1", [Problem(3)])
    told = account_for(["ix-1"], PushReply(True, [failure], ["ix-1"]))
    assert (told.accepted, list(told.refused), told.unanswered) == ([], ["ix-1"], [])


def test_ids_that_were_never_asked_about_are_not_believed() -> None:
    failure = Failure("ix-9", [Problem(3)])
    told = account_for(["ix-1"], PushReply(True, [failure], ["ix-8"]))
    assert (told.accepted, told.refused, told.unanswered) == ([], {}, ["ix-1"])


@pytest.mark.parametrize("write", [str.upper, str.title, str.lower])
def test_ids_are_recognised_in_any_letter_case(write: Callable[[str], str]) -> None:
    ids = ["ix-1a", "ix-2b", "ix-3c"]
    reply = PushReply(True, [Failure(write("ix-2b"), [Problem(3)])], [write("ix-1a")])
    told = account_for(ids, reply)
    assert (told.accepted, list(told.refused), told.unanswered) == (["ix-1a"], ["ix-2b"], ["ix-3c"])
    people = PeopleReply(
        True,
        [Failure(write("person-d"), [Problem(2)])],
        Added=[write("person-a")],
        Updated=[write("person-b")],
        NotFound=[write("person-c")],
    )
    found = account_for_people(["person-a", "person-b", "person-c", "person-d", "person-e"], people)
    assert (found.accepted, found.not_found) == (["person-a", "person-b"], ["person-c"])
    assert (list(found.refused), found.unanswered) == (["person-d"], ["person-e"])


@given(
    st.lists(st.sampled_from(IDS), unique=True, min_size=1),
    st.lists(st.sampled_from([*IDS, "ix-other"])),
    st.lists(st.sampled_from([*IDS, "ix-other", None])),
)
def test_every_id_stands_in_exactly_one_list(
    ids: list[str], accepted: list[str], refused: list[str | None]
) -> None:
    reply = PushReply(bool(refused), [Failure(one) for one in refused], accepted)
    told = account_for(ids, reply)
    assert sorted([*told.accepted, *told.refused, *told.unanswered]) == sorted(ids)


def test_what_documents_share_is_written_for_them_and_never_for_another_one() -> None:
    for number in range(3):
        crumbs = (Crumb("Top"), Crumb(f"Folder {number}", f"https://ix.example.com/{number}"))
        document = make_document(audience=make_audience([f"user-{number}", "all"]), crumbs=crumbs)
        for _ in range(2):
            written = json.loads(wire.render(document, deletion_mode="Session").body)
            assert written["ExternalIdentities"] == ["all", f"user-{number}"]
            assert [one["Key"] for one in written["CrumbLinks"]] == ["Top", f"Folder {number}"]


def test_what_comes_to_stand_in_the_place_of_something_forgotten_is_not_taken_for_it() -> None:
    shared = wire.Written[tuple[str, ...]](list)
    for number in range(3 * shared.MOST):  # each is gone before the next one is made
        assert bytes(shared.of((f"user-{number}",))) == b'["user-%d"]' % number


@given(st.lists(st.binary(max_size=3)))
def test_an_array_is_its_parts_with_commas_between(parts: list[bytes]) -> None:
    assert wire.array(parts) == b"[" + b",".join(parts) + b"]"


@given(
    st.one_of(
        st.text(),
        st.text('ab\\u00bf"\n\x00\x07\x08\x0b\x0c\x1f\x7f\ud800\udfff\ufffd\ufffe\uffff\U0001f600å'),
    )
)
def test_a_text_is_written_without_what_is_not_to_be_sent(text: str) -> None:
    assert wire.encode_text(text, "text") == msgspec.json.encode(wire.CONTROL.sub("", text))
