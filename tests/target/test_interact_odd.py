"""Odd answers of Interact: what they say of one id stands, and nothing of ours leaves a reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.target.answers import parse_batch, parse_end, parse_state_reply
from connector.target.replies import PeopleReply, PushReply, names_errors
from connector.target.results import account_for, account_for_people
from connector.target.wire import parse_state

IDS = ["ix-1", "ix-2", "ix-3"]
TAKEN = {"HasErrors": True, "Errors": [{"GloballyUniqueId": "ix-2", "Errors": [{"ErrorCode": 3, "ErrorMessage": "no title"}]}], "AddedUpdated": ["ix-1", "ix-3"]}  # fmt: skip
PEOPLE = {"HasErrors": False, "Errors": [], "Added": ["p-1"], "Updated": ["p-2"], "NotFound": ["p-3"]}
STATE = {
    "DocExists": True,
    "DateLastUpdated": "2026-01-01T00:00:00Z",
    "SynchroniseState": '{"f": "ab", "run": 3}',
}
ODD = [
    "",
    0,
    -1,
    1e308,
    10**30,
    True,
    None,
    [],
    {},
    [None],
    [[]],
    ["\ud83d"],
    "\x00",
    {"GloballyUniqueId": None},
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["GloballyUniqueId", "Errors", "ErrorCode", "ErrorMessage"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def push(body: bytes) -> Any:
    return account_for(IDS, parse_batch(body, PushReply))


def people(body: bytes) -> Any:
    return account_for_people(["p-1", "p-2", "p-3"], parse_batch(body, PeopleReply))


READERS: dict[str, tuple[Callable[[bytes], Any], dict[str, Any]]] = {
    "push": (push, TAKEN),
    "people": (people, PEOPLE),
    "end": (parse_end, {"Deleted": 3}),
    "state": (lambda body: parse_state(parse_state_reply(body).SynchroniseState), STATE),
}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=80)
@given(data=st.data())
def test_an_answer_with_any_part_replaced_is_read_or_refused(reader: str, data: st.DataObject) -> None:
    read, good = READERS[reader]
    key = data.draw(st.sampled_from(sorted(good)))
    with suppress(msgspec.DecodeError):
        read(json.dumps({**good, key: data.draw(anything)}).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read, _ in READERS.values():
        with suppress(msgspec.DecodeError):
            read(body)


@pytest.mark.parametrize("deep", [b"[" * 20_000 + b"]" * 20_000, b"NaN", b'"\\ud83d"'])
def test_what_no_reader_can_read_beside_the_ids_takes_them_not_away(deep: bytes) -> None:
    told = push(json.dumps({**TAKEN, "Errors": "here"}).encode().replace(b'"here"', deep))
    assert told.accepted == ["ix-1", "ix-3"]
    assert told.unanswered == ["ix-2"]


@pytest.mark.parametrize(
    ("errors", "refused"),
    [
        ([{"GloballyUniqueId": "ix-2", "Errors": [{"ErrorCode": "3"}]}], "code 3, the document has no title"),
        ([{"GloballyUniqueId": "ix-2", "Errors": None}], "no reason given"),
        ([{"GloballyUniqueId": "ix-2", "Errors": "bad"}], "no reason given"),
        ([{"GloballyUniqueId": "ix-2", "Errors": [{"ErrorCode": None, "ErrorMessage": "bad"}, None]}], "code 0: bad"),
        ([None, {"GloballyUniqueId": 7}, {"GloballyUniqueId": "ix-2", "Errors": [{"ErrorCode": 3, "ErrorMessage": 5}]}], "code 3, the document has no title"),
    ],
)  # fmt: skip
def test_an_odd_refusal_is_a_refusal_and_its_neighbours_are_taken(errors: Any, refused: str) -> None:
    told = push(
        json.dumps({"HasErrors": "yes", "Errors": errors, "AddedUpdated": ["ix-1", None, 5, "ix-3"]}).encode()
    )
    assert told.accepted == ["ix-1", "ix-3"]
    assert told.refused == {"ix-2": refused}
    assert told.unanswered == []


@pytest.mark.parametrize("beside", [{}, {"HasErrors": "no"}])
def test_what_names_ids_is_an_answer_whatever_else_it_says(beside: dict[str, Any]) -> None:
    told = push(json.dumps({**beside, "AddedUpdated": ["ix-1", 5]}).encode())
    assert (told.accepted, told.unanswered) == (["ix-1"], ["ix-2", "ix-3"])


@pytest.mark.parametrize(
    "name", [str, lambda name: name[0].lower() + name[1:]], ids=["as documented", "small"]
)
def test_an_entry_without_an_error_is_no_refusal(name: Callable[[str], str]) -> None:
    """Each entry of Errors says whether it is one: a server may list all that it was sent."""
    fine = {"HasError": False, "Errors": []}
    answer = {
        "HasErrors": True,
        "Errors": [
            {"GloballyUniqueId": "ix-1", **fine},
            {"GloballyUniqueId": "ix-2", "HasError": True, "Errors": [{"ErrorCode": 3}]},
            {"GloballyUniqueId": "ix-3", **fine},
        ],
    }
    told = push(_spelt({**answer, "AddedUpdated": ["ix-1"]}, name))
    assert (told.accepted, told.refused) == (["ix-1"], {"ix-2": "code 3, the document has no title"})
    assert told.unanswered == ["ix-3"]
    entries = [{"GloballyUniqueId": one, **fine} for one in ("p-1", "p-2", "p-3")]
    found = people(_spelt({**PEOPLE, "Errors": entries}, name))
    assert (found.accepted, found.not_found, found.refused) == (["p-1", "p-2"], ["p-3"], {})
    assert not names_errors(_spelt({"HasErrors": False, "Errors": entries}, name))
    assert names_errors(_spelt(answer, name))


@pytest.mark.parametrize("entry", [{"Errors": [{"ErrorCode": 3}]}, {"Errors": "no title"}, {"Errors": [5]}])
def test_an_entry_that_names_an_error_is_a_refusal_whatever_it_says_of_itself(entry: dict[str, Any]) -> None:
    entry = {"GloballyUniqueId": "ix-2", "HasError": False, **entry}
    assert push(json.dumps({**TAKEN, "Errors": [entry]}).encode()).refused.keys() == {"ix-2"}
    assert names_errors(json.dumps({"Errors": [entry]}).encode())


def test_answers_are_read_whatever_the_first_letter_of_their_fields() -> None:
    assert parse_end(b'{"deleted": 3}').Deleted == 3
    state = parse_state_reply(
        json.dumps({name[0].lower() + name[1:]: one for name, one in STATE.items()}).encode()
    )
    assert (state.DocExists, state.SynchroniseState) == (True, STATE["SynchroniseState"])


def _spelt(told: Any, name: Callable[[str], str]) -> bytes:
    def renamed(one: Any) -> Any:
        if isinstance(one, list):
            return [renamed(part) for part in one]
        return {name(key): renamed(part) for key, part in one.items()} if isinstance(one, dict) else one

    return json.dumps(renamed(told)).encode()


@pytest.mark.parametrize("odd", [None, 5, "x", {"a": 1}])
def test_a_list_of_people_that_cannot_be_read_takes_the_others_not_away(odd: Any) -> None:
    told = people(json.dumps({**PEOPLE, "NotFound": odd}).encode())
    assert told.accepted == ["p-1", "p-2"]
    assert (told.not_found, told.unanswered) == ([], ["p-3"])


@pytest.mark.parametrize(("told", "number"), [("5", 5), (5.0, 5), ("0", 0), (None, None), ("x", None), (-1, None), (True, None), (5.5, None), (1e300, None), ([], None)])  # fmt: skip
def test_an_end_says_a_number_of_things_or_nothing(told: Any, number: int | None) -> None:
    body = json.dumps({"Deleted": told}).encode()
    if number is None:
        with pytest.raises(msgspec.DecodeError):
            parse_end(body)
    else:
        assert parse_end(body).Deleted == number


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"message": "moved"}', b"<html>", b"", b'{"Errors": 5}']
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    for read, _ in READERS.values():
        with pytest.raises(msgspec.DecodeError):
            read(body)


@pytest.mark.parametrize(
    "kept",
    [
        5,
        {"f": "ab"},
        [],
        "\ud83d",
        '{"f": "ab", "run": -1}',
        '{"f": "ab", "run": ' + "9" * 30 + "}",
        "[" * 3_000,
        "x",
    ],
)
def test_a_note_that_somebody_else_wrote_is_none_of_ours(kept: Any) -> None:
    reply = parse_state_reply(json.dumps({**STATE, "SynchroniseState": kept}).encode())
    assert reply.DocExists
    assert parse_state(reply.SynchroniseState) is None
