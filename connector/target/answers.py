"""
Interact's answers, read so that an odd part of one costs that part only. PURE.

What an answer says of one id stands, whatever stands beside it: a batch that was taken is not sent again because one
refusal in it has no id, or a code is written as text. Source: Workplace Search Custom Connector API, Responses.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from connector.http.json_rows import REFUSALS, OddValueError, fields_in, fields_of, read_value
from connector.target.replies import EndReply, Failure, PeopleReply, Problem, PushReply, StateReply, spelt

T = TypeVar("T", PushReply, PeopleReply)
LISTS = frozenset({"Errors", "AddedUpdated", "Added", "Updated", "NotFound"})
"""Where answers name ids; one that has none of these is not the API's."""
MOST = 2**53
"""Of anything that is counted: beyond it, numbers in JSON are not exact."""


def parse_batch(data: bytes, kind: type[T]) -> T:
    """
    Read what became of a batch.

    Raises:
        msgspec.DecodeError: it is no answer to a batch.
    """
    try:
        return read_value(data, kind)
    except OddValueError:
        fields = _fields(data)
    if not any(isinstance(fields.get(name), list) for name in LISTS) and "HasErrors" not in fields:
        raise msgspec.ValidationError("it names no ids")
    asked = {one.encode_name for one in fields_of(kind)} & LISTS - {"Errors"}
    told = {name: [one for one in _listed(fields.get(name)) if isinstance(one, str)] for name in asked}
    failures = [_failure(one) for one in _listed(fields.get("Errors"))]
    return kind(HasErrors=any(one.is_one for one in failures), Errors=failures, **told)


def parse_end(data: bytes) -> EndReply:
    """
    Read how much an end removed.

    Raises:
        msgspec.DecodeError: it does not say, or not as a number of things.
    """
    try:
        reply = read_value(data, EndReply)
    except OddValueError:
        told = _fields(data).get("Deleted")
        reply = EndReply(_number(told, none=-1))
    if not 0 <= reply.Deleted < MOST:
        raise msgspec.ValidationError("it does not say how many were removed")
    return reply


def parse_state_reply(data: bytes) -> StateReply:
    """
    Read whether a document exists, and what is kept beside it.

    Raises:
        msgspec.DecodeError: it does not say.
    """
    try:
        return read_value(data, StateReply)
    except OddValueError:
        fields = _fields(data)
    exists, kept = fields.get("DocExists"), fields.get("SynchroniseState")
    if not isinstance(exists, bool):
        raise msgspec.ValidationError("it does not say whether the document exists")
    return StateReply(exists, SynchroniseState=kept if isinstance(kept, str) else None)


def _failure(told: Any) -> Failure:
    if not isinstance(told, dict):
        return Failure()
    told = spelt(told)
    identifier = told.get("GloballyUniqueId")
    problems = [
        Problem(_number(one.get("ErrorCode"), none=0), _words(one.get("ErrorMessage")))
        for one in map(spelt, filter(_is_object, _listed(told.get("Errors"))))
    ]
    # errors may be told in words of their own
    has_error = True if told.get("Errors") else told.get("HasError")
    return Failure(identifier if isinstance(identifier, str) else None, problems, has_error)


def _number(told: Any, *, none: int) -> int:
    """A whole number, also where it is written as text or with a fraction of nothing."""
    if isinstance(told, bool):
        return none
    try:
        number = float(told)
    except (TypeError, ValueError, OverflowError):
        return none
    return int(number) if number.is_integer() and abs(number) < MOST else none


def _words(told: Any) -> str | None:
    return told if isinstance(told, str) else None


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _is_object(told: Any) -> bool:
    return isinstance(told, dict)


def _fields(data: bytes) -> dict[str, Any]:
    """The fields of an answer that is not quite as documented."""
    return spelt({name: _plain(value) for name, value in fields_in(data).items()})


def _plain(value: bytes) -> Any:
    """A part of an answer; None for what cannot be read."""
    try:
        return msgspec.json.decode(value)
    except REFUSALS:
        return None
