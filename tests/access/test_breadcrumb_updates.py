"""Which breadcrumbs are made anew, by what the ledger knows of lists and of people's groups, and which are left as they are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connector.access import breadcrumb_updates, breadcrumbs
from connector.access.audience_updates import AudienceUpdates
from connector.access.breadcrumb_updates import GAINS_NAME, LOSES_NAME, BreadcrumbUpdates
from connector.access.breadcrumbs import ContainerNames
from connector.document.audience import Audience
from connector.document.document import Crumb
from connector.ledger.people import Share
from connector.plan.step import How
from connector.ports.grants import Grant
from connector.ports.matching import record_id
from connector.target.format import InteractFormat
from tests.access.audience_work import ALL, ONE, OTHER, TWO, A, B
from tests.desk import NOW, SOURCE, Desk

KARI = f"{SOURCE}:user:kari"
CRUMBS = tuple(Crumb(one) for one in ("Example Corp", "The Bridge", "Folder", "Section"))


class Lists:
    """A source that remembers lists of single items."""

    name = SOURCE

    def __init__(self) -> None:
        self.looks_below = True
        self.own: dict[str, Audience] = {}
        self.changed: list[str] = []
        self.made: list[str] = []
        self.asked = 0

    def doubt(self) -> None:
        """Nothing was asked for yet."""

    def own_lists(self, natives: Sequence[str]) -> dict[str, Audience]:
        self.asked += 1
        return {one: self.own[one] for one in natives if one in self.own}

    def changed_lists(self) -> list[Grant]:
        return [Grant(native=one, parent="", kind="folder") for one in self.changed]

    def breadcrumbs_made(self, grants: Sequence[Grant]) -> None:
        self.made += [one.native for one in grants]


class Work:
    """A folder with a section in it, and what they hold; what a run notes of their breadcrumbs."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.source = desk, Lists()
        desk.add("ix-d1", "ix-r1", audience=ALL, listed={"kind": "folder"})
        desk.add("ix-s1", "ix-d1", audience=ALL, listed={"kind": "folder"})
        self.begin()

    def file(self, name: str, audience: Audience, *closed: str, container: str = "ix-s1") -> None:
        crumbs = CRUMBS if container == "ix-s1" else CRUMBS[:3]
        self.desk.add(name, container, audience=audience, crumbs=crumbs, closed=frozenset(closed))

    def begin(self) -> None:
        """A run begins."""
        desk, books = self.desk, self.desk.books
        run = desk.begin(before=NOW - 100)
        self.updates = AudienceUpdates(run, books, desk.tally)
        names = ContainerNames(books.pending_audiences, books.people, {SOURCE: self.source})
        self.one = BreadcrumbUpdates(run, books, self.updates, Accepted(names))  # type: ignore[arg-type]

    def compare(self) -> tuple[set[str], set[str]]:
        """What loses a name, and what gains one."""
        pending = self.desk.books.pending_audiences
        pending.begin_narrowings()
        self.one.compare([self.source])  # type: ignore[list-item]
        loses, gains = ({one.id for one, *_ in pending.narrowings(how)} for how in (LOSES_NAME, GAINS_NAME))
        assert self.updates.names_come == bool(gains)
        return loses, gains


class Accepted:
    """As much of `Accepted` as is asked of it."""

    left_out = staticmethod(lambda body: InteractFormat().left_out(body.hidden))

    def __init__(self, names: ContainerNames) -> None:
        self.names = names


@pytest.fixture
def work(desk: Desk) -> Work:
    return Work(desk)


def test_below_a_list_that_changed_who_may_not_see_the_container_loses_its_name_and_who_may_gains_it(
    work: Work,
) -> None:
    work.file("ix-a", TWO)
    work.file("ix-b", ONE)
    work.file("ix-c", ONE, "ix-d1")
    work.file("ix-d", TWO, "ix-d1")
    work.source.own, work.source.changed = {"d1": ONE}, ["d1"]
    assert work.compare() == ({"ix-a", "ix-s1"}, {"ix-c"})


def test_what_loses_one_name_and_may_have_another_loses_it_first(work: Work) -> None:
    work.file("ix-a", TWO, "ix-d1")
    work.source.own, work.source.changed = {"s1": ONE}, ["s1"]
    assert work.compare() == ({"ix-a"}, set())


def test_a_container_without_a_list_of_its_own_hides_nothing(work: Work) -> None:
    work.file("ix-a", TWO, "ix-d1")
    work.source.changed = ["d1"]
    assert work.compare() == (set(), {"ix-a"})


def test_where_no_list_changed_nothing_is_compared(work: Work) -> None:
    work.file("ix-a", TWO)
    work.source.own = {"d1": ONE}
    assert work.compare() == (set(), set())
    work.source.changed, work.source.looks_below = ["d1"], False
    assert work.compare() == (set(), set())
    work.one.done()
    assert work.source.made == []


def test_what_was_taken_as_new_is_left_to_its_next_push(work: Work) -> None:
    work.file("ix-a", TWO)
    work.desk.say("UPDATE documents SET fingerprint=NULL WHERE id='ix-a'")
    work.source.own, work.source.changed = {"d1": ONE}, ["d1"]
    assert "ix-a" not in work.compare()[0]


def test_what_takes_a_right_away_is_not_given_up_for_a_name(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breadcrumb_updates, "NOTED_AT_ONCE", 1)
    work.file("ix-a", TWO)
    work.file("ix-b", TWO)
    work.source.own, work.source.changed = {"d1": ONE}, ["d1"]
    pending = work.desk.books.pending_audiences
    pending.begin_narrowings()
    pending.narrow([("ix-a", pending.remember(OTHER), How.NARROW)])
    work.one.compare([work.source])  # type: ignore[list-item]
    assert {one.id for one, *_ in pending.narrowings(LOSES_NAME)} == {"ix-b", "ix-s1"}
    assert [one.id for one, *_ in pending.narrowings(How.NARROW)] == ["ix-a"]


def regroup(desk: Desk, *groups: str, now: float = NOW) -> None:
    """The intranet took these groups for Kari."""
    people, records = desk.books.people, [(record_id("kari"), "kari", sorted({KARI, *groups}))]
    people.confirm(records, before=people.intend(records), session_run=1, redo_after=None, now=now)


@pytest.mark.parametrize(("made_at", "compared"), [(NOW - 60, True), (NOW - 40, False)])
def test_who_joined_or_left_a_group_since_breadcrumbs_were_made_is_looked_at(
    work: Work, made_at: float, compared: bool
) -> None:
    work.file("ix-a", Audience((KARI,)))
    work.source.own = {"d1": ONE}
    regroup(work.desk, A, now=NOW - 90)
    regroup(work.desk, B, now=NOW - 50)
    work.desk.books.notes("").put_json(breadcrumb_updates.KIND, "intranet", made_at)
    assert work.compare()[0] == ({"ix-a"} if compared else set())


def test_from_the_first_run_on_the_run_before_tells_since_when(work: Work) -> None:
    work.file("ix-a", Audience((KARI,)))
    work.source.own = {"d1": ONE}
    regroup(work.desk, A, now=NOW - 200)
    regroup(work.desk, B, now=NOW - 50)
    assert work.compare()[0] == {"ix-a"}
    work.one.done()
    work.begin()
    assert work.compare()[0] == set(), "that was made good"


@pytest.mark.parametrize("closes", [True, False])
def test_what_stands_in_a_public_container_that_closes_loses_its_name(work: Work, closes: bool) -> None:
    work.desk.add("ix-d2", "ix-r1", audience=Audience(ONE.identities, public=True))
    work.file("ix-a", TWO, container="ix-d2")
    work.source.own = {"d2": ONE}
    pending = work.desk.books.pending_audiences
    pending.begin_narrowings()
    if closes:
        pending.narrow([("ix-d2", pending.remember(ONE), How.NARROW)])
    work.one.compare([work.source])  # type: ignore[list-item]
    assert {one.id for one, *_ in pending.narrowings(LOSES_NAME)} == ({"ix-a"} if closes else set())


def test_only_what_was_sent_is_told_to_be_made(work: Work) -> None:
    work.source.changed = ["d1"]
    work.compare()
    assert work.source.made == []
    work.one.done()
    assert work.source.made == ["d1"]


def test_a_list_that_was_read_anew_counts(work: Work) -> None:
    work.file("ix-a", TWO)
    work.source.own, work.source.changed = {"d1": TWO}, ["d1"]
    work.compare()
    assert "ix-a" not in work.compare()[0]
    work.source.own = {"d1": ONE}
    assert "ix-a" in work.compare()[0]


def test_a_user_who_is_known_in_a_group_that_may_see_a_container_reads_its_name(work: Work) -> None:
    work.file("ix-a", Audience((KARI,)))
    work.source.own, work.source.changed = {"d1": ONE}, ["d1"]
    assert "ix-a" in work.compare()[0]
    work.desk.books.people.note(
        [Share(source=SOURCE, key="kari", address="kari", identities=(A, KARI), read_run=5)]
    )
    assert "ix-a" not in work.compare()[0]


def test_lists_are_looked_up_once_and_not_all_kept(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    names = work.one._accepted.names
    for _ in range(2):
        assert names.closed_on(SOURCE, "/ix-r1/ix-d1/ix-s1/ix-a/", TWO) == frozenset()
    assert work.source.asked == 1
    assert names.closed_on("another", "/ix-r1/ix-d1/ix-a/", TWO) is None
    assert names.closed_on(SOURCE, "/ix-r1/", TWO) == frozenset()
    monkeypatch.setattr(breadcrumbs, "KEPT_LISTS", 1)
    work.source.own = {"d1": ONE}
    assert names.closed_on(SOURCE, "/ix-r1/ix-d1/ix-x/ix-a/", TWO) == {"ix-d1"}
