"""By which other settings of a source somebody may see less than by those of before."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sources.interaxo.settings import InteraxoPart
from connector.sources.interject.settings import InterjectPart
from connector.sources.itr.settings import ItrPart

FIXED = {"permissions": "fixed", "identities": ["a", "b"]}


def rooms(**values: Any) -> InteraxoPart:
    given = {"permissions": "room", **values}
    return InteraxoPart.model_construct(kind="interaxo", id_prefix="ix", **given)


def office(**values: Any) -> ItrPart:
    return ItrPart.model_construct(kind="itr", id_prefix="itr", **values)


def library(**values: Any) -> InterjectPart:
    return InterjectPart(kind="interject", id_prefix="ij", exports=["*.csv"], **values)


@pytest.mark.parametrize(
    ("before", "now", "less"),
    [
        (rooms(), rooms(), False),
        (rooms(public_rooms=["a"]), rooms(), True),
        (rooms(public_rooms=["a"]), rooms(public_rooms=["a", "b"]), False),
        (rooms(public_rooms=["a"]), rooms(public_rooms=["b"]), True),
        (rooms(public_rooms=["*"]), rooms(public_rooms=["*", "!b"]), True),
        (rooms(public_rooms=["*", "!b"]), rooms(public_rooms=["*"]), False),
        (rooms(public_rooms=["a"]), None, True),
        (rooms(), None, False),
        (rooms(), rooms(permissions="item"), True),
        (rooms(), rooms(permissions="folder"), True),
        (rooms(permissions="folder"), rooms(permissions="item"), True),
        (rooms(permissions="item"), rooms(permissions="room"), False),
        (rooms(), rooms(**FIXED), True),
        (rooms(**FIXED), rooms(), True),
        (rooms(**FIXED), rooms(permissions="fixed", identities=["b", "c", "a"]), False),
        (rooms(**FIXED), rooms(permissions="fixed", identities=["b", "c"]), True),
        (rooms(comments=True), rooms(), True),
        (rooms(), rooms(comments=True), False),
        (rooms(), rooms(content=False), True),
        (rooms(main_document_text=True), rooms(), True),
        (rooms(content=False, main_document_text=True), rooms(content=False), False),
        (rooms(), library(identities=["a"]), False),
        (office(), office(permissions="manager"), True),
        (office(permissions="manager"), office(), False),
        (office(**FIXED), office(), True),
        (office(), None, False),
        (office(person_names=True), office(), True),
        (office(), office(person_names=True), False),
        (office(fields={"tests": ["A", "B"]}), office(fields={"tests": ["B"]}), True),
        (office(fields={"tests": ["A"]}), office(), True),
        (office(fields={"tests": ["A"]}), office(fields={"tests": ["B", "A"], "groups": ["C"]}), False),
        (library(identities=["a"]), library(identities=["a", "b"]), False),
        (library(identities=["a", "b"]), library(identities=["a"]), True),
        (library(identities=["a"]), library(roles="roles.csv"), True),
        (library(roles="roles.csv"), library(roles="others.csv"), True),
        (library(roles="roles.csv"), library(roles="roles.csv"), False),
        (library(roles="roles.csv"), None, False),
    ],
)
def test_somebody_may_see_less(before: Any, now: Any, less: bool) -> None:
    assert before.shows_less(now) is less
