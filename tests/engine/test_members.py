"""Who works is known by the database's clock; what a silent one left behind is given to somebody else, or to nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

import pytest

from connector.engine.members import MOST_TAKEN, Membership, Pulse
from connector.errors import LedgerError
from connector.ledger.members import Members
from connector.ledger.store import Ledger
from connector.ports.engine import Doing, Roll, Work
from tests.ledger.cluster import Cluster

SILENT_S = 30.0
WORK = "run/intranet/delta/20260101T000000Z"


class Waiting:
    """A queue as a round sees it. Implements `connector.ports.engine.Queue`."""

    def __init__(self) -> None:
        self.pending: dict[str, str] = {}
        self.given: list[str] = []
        self.dropped: list[str] = []
        self.versions: dict[str, str] = {}
        self.shared = 0

    def begun(self) -> Mapping[str, str]:
        return dict(self.pending)

    def give_back(self, names: Sequence[str]) -> None:
        self.given += names

    def drop(self, names: Sequence[str]) -> None:
        self.dropped += names

    def of_other_versions(self, versions: Sequence[str]) -> Sequence[str]:
        return [work for work, version in self.versions.items() if version not in versions]

    def waiting(self) -> int:
        return 2

    def share(self, services: int) -> None:
        self.shared = services


class Busy:
    """An executor with or without work. Implements what a membership asks of `connector.ports.engine.Executor`."""

    def __init__(self) -> None:
        self.doing: list[Doing] = []

    def under_way(self) -> Sequence[Doing]:
        return self.doing

    def take(self, work: Work) -> None:
        raise AssertionError

    async def carry_out(self, work: Work) -> None:
        raise AssertionError


class Post:
    """One ledger with its members."""

    def __init__(self, url: str) -> None:
        self.url, self.queue, self.executor = url, Waiting(), Busy()
        self.died: list[str] = []
        self.cut = False

    def member(self, name: str) -> Membership:
        one = Membership(
            name, self.roll, self.queue, self.executor, pulse=Pulse(silent_s=SILENT_S), die=self.died.append
        )
        one.join("host", "runs-1")
        one.takes_work = True
        return one

    @contextmanager
    def roll(self) -> Iterator[Roll]:
        if self.cut:
            raise LedgerError("The ledger cannot be used.")
        with closing(Ledger(self.url, now=time.time())) as ledger:
            yield ledger.members()

    def members(self) -> Members:
        return Ledger(self.url, now=time.time()).members()

    def ages(self, name: str, seconds: float) -> None:
        """It was not heard of for so long."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE members SET seen_at=seen_at-%s WHERE id=%s", [seconds, name])


@pytest.fixture
def post(cluster: Cluster) -> Post:
    return Post(cluster.new_database())


def states(post: Post) -> dict[str, str]:
    with post.roll() as roll:
        assert isinstance(roll, Members)
        return {one.id: one.state for one in roll.everyone(now=time.time())}


def long_in_touch(one: Membership) -> Membership:
    """Whoever was heard of all the time may judge the others."""
    one._in_touch_since -= SILENT_S + 1
    return one


def test_a_member_tells_what_it_does_and_how_much_waits(post: Post) -> None:
    post.executor.doing = [Doing("full", "intranet", 1_800_000_000.0)]
    one = post.member("one")
    one.turn()
    one.turn()
    with post.roll() as roll:
        assert isinstance(roll, Members)
        (told,) = roll.everyone(now=time.time())
    assert (told.id, told.host, told.state, told.waiting) == ("one", "host", "working", 2)
    assert told.doing == (Doing("full", "intranet", 1_800_000_000.0),)
    assert 0 <= told.silent_s < 10
    assert one.leads
    assert post.queue.shared == 1


def test_a_silent_member_is_given_up_and_its_work_is_given_back_once_it_is_known(post: Post) -> None:
    dead, one = post.member("dead"), long_in_touch(post.member("one"))
    post.queue.pending[WORK] = "dead"
    one.turn()
    assert (states(post)["dead"], post.queue.given) == ("working", [])
    post.ages("dead", SILENT_S + 1)
    one.turn()
    assert (states(post)["dead"], post.queue.given) == ("silent", [WORK])
    dead.turn()
    assert len(post.died) == 1, "whoever was given up ends itself at its next beat"


def test_a_silent_member_is_given_up_though_the_databases_clock_was_set_back(post: Post) -> None:
    post.member("dead")
    one = long_in_touch(post.member("one"))
    post.ages("dead", -3_600)
    one.turn()
    assert states(post)["dead"] == "working"
    post.ages("dead", SILENT_S + 1)
    one.turn()
    assert states(post)["dead"] == "silent"


def test_whoever_was_out_of_touch_itself_gives_nobody_up(post: Post) -> None:
    post.member("other")
    one = post.member("one")
    post.ages("other", SILENT_S + 1)
    one.turn()
    assert states(post)["other"] == "working"
    long_in_touch(one).turn()
    assert states(post)["other"] == "silent"
    one._heard -= SILENT_S + 1
    post.member("third")
    post.ages("third", SILENT_S + 1)
    one.turn()
    assert states(post)["third"] == "working", "the database was perhaps what was silent"


def test_a_make_round_that_died_half_way_is_made_good_by_the_next(post: Post) -> None:
    post.member("dead")
    post.ages("dead", SILENT_S + 1)
    with post.roll() as roll:
        assert [one for one, _, _ in roll.silence(SILENT_S, now=time.time())] == ["dead"]
    post.queue.pending[WORK] = "dead"
    one = post.member("one")
    one.turn()
    assert post.queue.given == [WORK]
    post.queue.pending[WORK] = "somebody that nobody knows"
    one.turn()
    assert post.queue.given == [WORK, WORK]


def test_what_is_begun_here_and_in_nobodys_hand_is_given_back(post: Post) -> None:
    one = post.member("one")
    post.queue.pending[WORK] = "one"
    with one.has_in_hand(WORK):
        one.turn()
        one.turn()
        assert not post.queue.given, "it is being done"
    one.turn()
    assert not post.queue.given, "its end is perhaps just written down"
    with one.has_in_hand(WORK):
        one.turn()
    one.turn()
    one.turn()
    assert post.queue.given == [WORK]
    del post.queue.pending[WORK]
    post.queue.pending["run/intranet/full/20260101T000000Z"] = "another one"
    post.member("another one")
    one.turn()
    one.turn()
    assert post.queue.given == [WORK], "whoever it is looks after itself"


def test_what_three_members_died_with_is_not_begun_again(post: Post) -> None:
    one = post.member("one")
    for n in range(MOST_TAKEN):
        post.queue.pending[WORK] = f"dead {n}"
        one.turn()
        one.turn()
    assert set(post.queue.given) == {WORK}
    assert set(post.queue.dropped) == {WORK}
    assert len(post.queue.given) == 2 * (MOST_TAKEN - 1)


def test_who_ended_by_itself_poisons_nothing(post: Post) -> None:
    one = post.member("one")
    for n in range(MOST_TAKEN + 1):
        left = post.member(f"left {n}")
        left.leave()
        post.queue.pending[WORK] = f"left {n}"
        one.turn()
    assert (post.queue.given, post.queue.dropped) == ([WORK] * (MOST_TAKEN + 1), [])
    with post.roll() as roll:
        assert isinstance(roll, Members)
        assert roll.takeovers(3600, now=time.time()) == []


def test_work_of_a_version_that_nobody_has_is_dropped(post: Post) -> None:
    one = post.member("one")
    post.queue.versions = {"old": "runs-0", "ours": "runs-1"}
    one.turn()
    assert post.queue.dropped == ["old"]


def test_one_make_rounds_at_a_time(post: Post) -> None:
    one = long_in_touch(post.member("one"))
    post.queue.pending[WORK] = "nobody"
    with post.roll() as roll, roll.at_once():
        assert roll.alone()
        one.turn()
        assert post.queue.given == []
    one.turn()
    assert post.queue.given == [WORK]


def test_a_process_that_stood_still_ends_itself_before_it_asks(post: Post) -> None:
    one = post.member("one")
    post.cut = True
    one.watch(1)
    assert post.died == []
    one.watch(SILENT_S + 1)
    assert len(post.died) == 1


def test_a_worker_that_is_cut_off_ends_itself_only_with_work_in_hand(post: Post) -> None:
    one = post.member("one")
    one._close()
    post.cut = True
    one.turn()
    one._heard -= SILENT_S + 1
    one.turn()
    one.watch(1)
    assert post.died == [], "it has nothing in hand, and waits"
    post.executor.doing = [Doing("delta", "intranet", 0)]
    one.watch(1)
    assert post.died == [], "a ledger that was away for long is back: it just gave it that run"
    one._idle_at -= SILENT_S + 1
    one.watch(1)
    assert len(post.died) == 1


def test_who_has_only_joined_beats_and_make_rounds_not(post: Post) -> None:
    one = post.member("one")
    one.takes_work = False
    post.queue.pending[WORK] = "dead"
    one.turn()
    assert (one.leads, post.queue.given) == (False, [])


def test_a_program_whose_loop_stands_still_is_not_alive(post: Post) -> None:
    one = post.member("one")
    post.ages("one", 20)
    one._turned -= 61
    one.turn()
    with post.roll() as roll:
        assert isinstance(roll, Members)
        assert roll.everyone(now=time.time())[0].silent_s >= 20


def test_a_delta_yields_to_any_run_and_a_full_run_to_full_runs_only() -> None:
    def name(what: str) -> str:
        return Work(what, "intranet", 60).name

    delta, full, people = (Work(one, "intranet", 120) for one in ("delta", "full", "people"))
    assert delta.name == "run/intranet/delta/19700101T000200Z"
    assert [delta.yields_to([name(one)]) for one in ("delta", "full", "people")] == [True, True, False]
    assert [full.yields_to([name(one)]) for one in ("delta", "full", "people")] == [False, True, False]
    assert [people.yields_to([name(one)]) for one in ("delta", "full", "people")] == [True, True, True]
    assert not delta.yields_to([delta.name]), "who asks for the same asks for nothing else"


def test_it_beats_beside_the_loop_until_it_leaves(post: Post) -> None:
    async def live() -> None:
        one = Membership("one", post.roll, post.queue, post.executor, pulse=Pulse(beat_s=0.01))
        one.join("host", "runs-1")
        one.takes_work = True
        one.begin(asyncio.get_running_loop())
        async with asyncio.timeout(8):
            while not one.leads:  # noqa: ASYNC110 - a thread tells nobody
                await asyncio.sleep(0.005)
        await asyncio.to_thread(one.leave)

    asyncio.run(live())
    assert states(post) == {"one": "left"}


class Broken(Waiting):
    """A queue whose driver raises what nobody expects."""

    def waiting(self) -> int:
        raise ZeroDivisionError


@pytest.mark.parametrize("place", ["beat", "watch"])
async def test_a_worker_whose_thread_ends_by_a_bug_ends_itself_instead_of_taking_work_unheard(
    cluster: Cluster,
    place: str,
) -> None:
    post = Post(cluster.new_database())
    died: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def die(why: str) -> None:
        loop.call_soon_threadsafe(died.put_nowait, why)

    queue = Broken() if place == "beat" else post.queue
    one = Membership("one", post.roll, queue, post.executor, pulse=Pulse(beat_s=0.01), die=die)
    one.join("host", "runs-1")
    one.takes_work = True
    if place == "watch":
        one.watch = lambda waited_s: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    one.begin(loop)
    try:
        async with asyncio.timeout(20):
            why = await died.get()
    finally:
        await asyncio.to_thread(one.leave)
    assert "ZeroDivisionError" in why
