"""Which scopes of a source are walked, what is remembered of them by their roots, and who may see them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from connector.access.comparing import Sight
from connector.crawl.scopes import PUBLIC_NAME, Scopes
from connector.document.audience import Audience, make_audience
from connector.document.document import Scope
from connector.errors import ListingIncomplete, RecordHidden, SourceRefused, SourceUnavailable
from connector.plan.findings import Code, HoldReason
from connector.ports.source import FoundScope
from tests.desk import NOW, SOURCE, Desk

ALL = make_audience(["interaxo:group:c/all"])
FEW = make_audience(["interaxo:group:c/few"])
RULES = b"included" + b"public.."
"""Hashes of both lists of globs."""
Answer = tuple[Audience | None, list[str]] | Exception


class Told:
    """A source that tells who may see its rooms: everybody, where nothing else is said."""

    name = SOURCE
    concurrency = 2

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Audience | None, list[str]]] = []
        self.at_once = self.most_at_once = 0

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        self.asked.append((scope.key, last, list(witnesses)))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        answer = self.answers.get(scope.key, (ALL, []))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Patterned(Told):
    """A source whose settings have patterns, and whose list of rooms may have odd rows."""

    def __init__(self, *, idle: Sequence[str] = (), unread: dict[str, str] | None = None) -> None:
        super().__init__()
        self.idle = list(idle)
        self.unread = unread or {}


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    return blank_desk


def room(
    key: str, *, name: str = "", included: bool = True, public: bool = False, rules: bytes = RULES
) -> FoundScope:
    return FoundScope(
        scope=Scope(key=key, name=name or key, origin=None), included=included, public=public, rules=rules
    )


async def choose(desk: Desk, *found: FoundScope, source: Told | None = None) -> list[Sight]:
    return await open_scopes(desk).choose(source or Told(), found)  # type: ignore[arg-type]


def open_scopes(desk: Desk) -> Scopes:
    return Scopes(desk.work, desk.books, desk.tally)


def keys(sights: Sequence[Sight]) -> list[str]:
    return [one.scope.key for one in sights]


def told(desk: Desk, code: Code) -> list[dict[str, Any]]:
    return [dict(one.values) for one in desk.tally.findings if one.code is code]


# -- chosen, remembered, held ---------------------------------------------------------------------


async def test_what_the_settings_choose_is_walked_and_remembered(desk: Desk) -> None:
    sights = await choose(desk, room("r1", name="corp/bridge"), room("r2", included=False))
    assert keys(sights) == ["r1"]
    known = desk.rooms.all(SOURCE)
    assert {key: (one.name, one.included, one.public, one.rules) for key, one in known.items()} == {
        "r1": ("corp/bridge", True, False, RULES),
        "r2": ("r2", False, False, RULES),
    }  # fmt: skip
    assert not desk.tally.codes


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_what_is_no_longer_chosen_or_listed_is_held_by_name(desk: Desk, mode: str) -> None:
    for key in ("r1", "r2", "r3"):
        desk.add_room(key, run=4)
        desk.add(f"ix-{key}f", f"ix-{key}", room=key)
    desk.begin(mode)
    await choose(desk, room("r1"), room("r2", included=False))
    if mode == "backfill":
        assert desk.held() == {}
        assert desk.rooms.unlisted(SOURCE, since=NOW - 9) == []
        return
    assert desk.held() == {
        **dict.fromkeys(["ix-r2", "ix-r2f"], HoldReason.ROOM_EXCLUDED),
        **dict.fromkeys(["ix-r3", "ix-r3f"], HoldReason.ROOM_VANISHED),
    }
    assert desk.rooms.unlisted(SOURCE, since=NOW - 9) == ["r3"]
    await choose(desk, room("r1"), room("r2", rules=b"anything" + b"public.."), room("r3"))
    assert desk.held() == {}
    assert desk.rooms.unlisted(SOURCE, since=NOW - 9) == []


async def test_a_narrowed_full_run_holds_nothing(desk: Desk) -> None:
    desk.add_room("r1", run=4)
    desk.begin("full", only=(SOURCE,))
    await choose(desk, room("r2"))
    assert desk.held() == {}


async def test_a_list_with_odd_rows_lets_no_room_vanish(desk: Desk) -> None:
    """What cannot be read may be any of those that are lacked; since when they are, is counted anew."""
    desk.add_room("r1", run=4)
    desk.rooms.miss(SOURCE, ["r1"], now=NOW - 900, anew=False)
    source = Patterned(unread={"row 3": "no id"})
    await choose(desk, room("r2"), source=source)
    assert desk.held() == {}
    assert desk.rooms.unlisted(SOURCE, since=NOW - 9) == ["r1"]
    source.unread = {}
    await choose(desk, room("r2"), source=source)
    assert desk.held() == {"ix-r1": HoldReason.ROOM_VANISHED}


@pytest.mark.parametrize(
    ("now", "before", "counts"),
    [
        (NOW + 99, NOW + 99, True),
        (NOW + 101, NOW + 101, False),
        (NOW + 101, NOW + 99, True),
        (NOW + 99, NOW + 101, True),
        (NOW + 101, None, True),
    ],
)
async def test_a_vanished_room_counts_until_two_readings_of_the_clock_say_that_it_was_long_ago(
    desk: Desk, now: float, before: float | None, counts: bool
) -> None:
    desk.add_room("r1", run=4)
    await choose(desk, room("r2"))
    desk.begin(audience_max_age_s=100.0, before=before, now=lambda: now)
    assert open_scopes(desk).unlisted(Told()) == (["r1"] if counts else [])  # type: ignore[arg-type]


# -- patterns, and what a run is narrowed to ------------------------------------------------------


async def test_patterns_that_match_nothing_are_told(desk: Desk) -> None:
    await choose(desk, room("r1"), source=Patterned(idle=["rooms: a*", "rooms: b*"]))
    assert told(desk, Code.PATTERNS_IDLE) == [
        {"source": SOURCE, "patterns": "rooms: a*, rooms: b*", "listed": True}
    ]
    assert told(desk, Code.NOTHING_CHOSEN) == []


@pytest.mark.parametrize(("found", "chosen"), [([], True), ([room("r1", included=False)], False)])
async def test_that_the_settings_leave_nothing_at_all_is_told(
    desk: Desk, found: list[FoundScope], chosen: bool
) -> None:
    await choose(desk, *found)
    assert told(desk, Code.NOTHING_CHOSEN) == ([] if chosen else [{"source": SOURCE}])
    assert told(desk, Code.PATTERNS_IDLE) == []


async def test_a_backfill_of_some_rooms_names_those_that_no_source_has(desk: Desk) -> None:
    desk.begin("backfill", rooms=("r1", "corp/tunnel", "r9", "corp/gone"))
    scopes = open_scopes(desk)
    source = Told()
    found = [room("r1"), room("r2", name="corp/tunnel"), room("r3"), room("r9", included=False)]
    assert keys(await scopes.choose(source, found)) == ["r1", "r2"]  # type: ignore[arg-type]
    assert keys(await scopes.choose(source, [room("r4")])) == []  # type: ignore[arg-type]
    scopes.tell_unmet()
    assert told(desk, Code.ROOMS_UNMET) == [{"rooms": "r9, corp/gone"}]
    assert {one[0] for one in source.asked} == {"r1", "r2"}


async def test_a_run_over_everything_misses_no_room(desk: Desk) -> None:
    scopes = open_scopes(desk)
    scopes.tell_unmet()
    assert not desk.tally.codes


# -- a name includes nothing, and makes nothing public --------------------------------------------


@pytest.mark.parametrize(
    ("rules", "walked"),
    [(RULES, False), (b"included" + b"anything", False), (b"anything" + b"public..", True)],
)
async def test_a_room_that_was_left_out_is_not_read_for_another_name(
    desk: Desk, rules: bytes, walked: bool
) -> None:
    await choose(desk, room("r1", included=False), room("r2"))
    desk.begin()
    sights = await choose(desk, room("r1", name="corp/in", rules=rules), room("r2"))
    assert keys(sights) == (["r1", "r2"] if walked else ["r2"])
    assert told(desk, Code.RENAMED_INTO_READ) == ([] if walked else [{"room": "corp/in"}])
    assert desk.rooms.all(SOURCE)["r1"].included is walked


async def test_what_an_earlier_release_remembered_without_rules_binds_nothing(desk: Desk) -> None:
    desk.add_room("r1", run=4)
    desk.say("UPDATE rooms SET included = 0, rules = NULL")
    sights = await choose(desk, room("r1", public=True))
    assert [(one.scope.key, one.public) for one in sights] == [("r1", True)]


def public(sights: Sequence[Sight]) -> list[str]:
    for one in sights:
        assert one.audience is not None
        assert one.audience.public == one.public
    return [one.scope.key for one in sights if one.public]


async def test_a_room_is_public_where_a_setting_names_it(desk: Desk) -> None:
    for _ in range(2):
        assert public(await choose(desk, room("r1", public=True), room("r2"))) == ["r1"]
    assert desk.rooms.all(SOURCE)["r1"].public
    assert not desk.tally.codes
    assert public(await choose(desk, room("r1"), room("r2"))) == []


async def test_a_rename_makes_no_room_public_until_the_setting_changes(desk: Desk) -> None:
    await choose(desk, room("r1", name="corp/a"))
    desk.begin()
    for _ in range(2):
        assert public(await choose(desk, room("r1", name="corp/open", public=True))) == []
    assert told(desk, Code.RENAMED_INTO_PUBLIC) == [{"room": "corp/open"}]
    other = b"included" + b"pub-new."
    assert public(await choose(desk, room("r1", name="corp/open", public=True, rules=other))) == ["r1"]


async def test_another_room_of_the_name_of_a_public_one_is_not_public(desk: Desk) -> None:
    await choose(desk, room("r1", name="corp/open", public=True))
    desk.begin()
    renamed = room("r1", name="corp/was", public=False)
    assert public(await choose(desk, renamed, room("r2", name="corp/open", public=True))) == []
    assert told(desk, Code.NAME_OF_PUBLIC) == [{"room": "corp/open"}]
    assert desk.books.notes(SOURCE).get(PUBLIC_NAME, "corp/open") == (b"r1", b"public..", 5)
    # a setting that was changed since means whatever it names now
    other = b"included" + b"pub-new."
    assert public(await choose(desk, room("r2", name="corp/open", public=True, rules=other))) == ["r2"]


@pytest.mark.parametrize(
    ("name", "was_public", "rules", "taken"),
    [
        ("corp/open", True, RULES, True),
        ("corp/other", True, RULES, False),
        ("corp/open", False, RULES, False),
        ("corp/open", True, b"included" + b"pub-old.", False),
        ("corp/open", True, None, False),
    ],
)
async def test_before_names_were_noted_the_rooms_themselves_tell_of_them(
    desk: Desk, name: str, was_public: bool, rules: bytes | None, taken: bool
) -> None:
    desk.rooms.decide(SOURCE, "r1", name=name, included=True, public=was_public, rules=rules or b"")
    if rules is None:
        desk.say("UPDATE rooms SET rules = NULL")
    assert public(await choose(desk, room("r2", name="corp/open", public=True))) == ([] if taken else ["r2"])
    assert bool(told(desk, Code.NAME_OF_PUBLIC)) is taken


async def test_a_name_stays_with_the_room_that_had_it_when_the_settings_made_it_public(desk: Desk) -> None:
    """Also where that room is called otherwise by now, so that no row tells of it."""
    assert public(await choose(desk, room("r1", name="corp/open", public=True))) == ["r1"]
    await choose(desk, room("r1", name="corp/closed"))
    assert public(await choose(desk, room("r2", name="corp/open", public=True))) == []
    assert told(desk, Code.NAME_OF_PUBLIC) == [{"room": "corp/open"}]
    assert public(await choose(desk, room("r3", name="corp/new", public=True))) == ["r3"], (
        "a name of nobody's"
    )


async def test_its_own_earlier_row_takes_no_name_from_a_room(desk: Desk) -> None:
    desk.rooms.decide(SOURCE, "r1", name="corp/open", included=True, public=True, rules=RULES)
    assert public(await choose(desk, room("r1", name="corp/open", public=True))) == ["r1"]


# -- who may see a room ---------------------------------------------------------------------------


async def test_who_may_see_a_room_is_read_and_remembered(desk: Desk) -> None:
    desk.begin(now=lambda: NOW + 7)
    source = Told(r1=(ALL, ["w1", "w2"]), r2=(FEW, []))
    sights = await choose(desk, room("r1"), room("r2", public=True), source=source)
    assert source.asked == [("r1", None, []), ("r2", None, [])]
    assert [(one.audience, one.last, one.lost_at) for one in sights] == [
        (ALL, None, None),
        (Audience(FEW.identities, public=True), None, None),
    ]
    known = desk.rooms.all(SOURCE)
    assert (known["r1"].audience, known["r1"].audience_at, known["r1"].witnesses) == (
        *(ALL, NOW + 7),
        ["w1", "w2"],
    )
    source.asked.clear()
    source.answers["r1"] = (FEW, ["w3"])
    (sight, _) = await choose(desk, room("r1"), room("r2"), source=source)
    assert source.asked[0] == ("r1", ALL, ["w1", "w2"])
    assert (sight.audience, sight.last) == (FEW, ALL)
    assert desk.rooms.all(SOURCE)["r1"].witnesses == ["w3"]
    source.answers["r1"] = (FEW, [])
    await choose(desk, room("r1"), room("r2"), source=source)
    assert desk.rooms.all(SOURCE)["r1"].witnesses == [], "it has a list of its own again"


@pytest.mark.parametrize(
    ("answer", "code", "lasts"),
    [
        ((None, ["w9"]), Code.AUDIENCE_UNKNOWN, True),
        ((None, []), Code.AUDIENCE_UNKNOWN, True),
        (SourceRefused("no right"), Code.AUDIENCE_UNREAD, True),
        (RecordHidden("no right"), Code.AUDIENCE_UNREAD, True),
        (ListingIncomplete("cut"), Code.AUDIENCE_UNREAD, True),
        (SourceUnavailable("down"), Code.AUDIENCE_UNREAD, False),
    ],
)
async def test_who_may_see_a_room_stays_where_it_cannot_be_read(
    desk: Desk, answer: Answer, code: Code, lasts: bool
) -> None:
    """A source that answers without telling lets the audience age; one that is down does not."""
    source = Told(r1=(ALL, ["w1"]))
    await choose(desk, room("r1"), source=source)
    source.answers["r1"] = answer
    desk.begin(now=lambda: NOW + 50)
    (sight,) = await choose(desk, room("r1"), source=source)
    assert (sight.audience, sight.last, sight.lost_at) == (None, ALL, NOW if lasts else None)
    (finding,) = told(desk, code)
    assert finding["room"] == "r1"
    assert finding.get("why", "") == (str(answer) if isinstance(answer, Exception) else "")
    known = desk.rooms.all(SOURCE)["r1"]
    met = answer[1] if isinstance(answer, tuple) and answer[1] else ["w1"]
    assert (known.audience, known.audience_at, known.witnesses) == (ALL, NOW, met)


@pytest.mark.parametrize("answer", [(None, []), SourceRefused("no right")])
async def test_a_new_room_of_which_nobody_tells_who_may_see_it_never_had_an_audience(
    desk: Desk, answer: Answer
) -> None:
    (sight,) = await choose(desk, room("r1"), source=Told(r1=answer))
    assert (sight.audience, sight.last, sight.lost_at) == (None, None, None)


async def test_as_many_rooms_are_asked_at_once_as_the_source_says(desk: Desk) -> None:
    source = Told()
    await choose(desk, *(room(f"r{number}") for number in range(6)), source=source)
    assert source.most_at_once == 2
