"""Who works is known by the database's clock; what a silent one left behind is given to somebody else, or to nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector.engine import rounds
from connector.engine.members import Membership
from connector.engine.rounds import BEAT_S, FORGETS_EVERY_S, FORGOTTEN_AFTER_S, MOST_TAKEN, Pulse
from connector.ledger.members import Members
from connector.ports.engine import Doing, Work
from tests.engine.roll_call import SILENT_S, Busy, Clock, Post, Waiting, states, turn
from tests.ledger.cluster import Cluster

WORK = "run/intranet/delta/20260101T000000Z"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(rounds, "monotonic", lambda: one.now)
    return one


@pytest.fixture
def post(cluster: Cluster) -> Iterator[Post]:
    one = Post(cluster.new_database())
    yield one
    one.close()


def test_a_member_tells_what_it_does_and_how_much_waits(post: Post) -> None:
    post.executor.doing = [Doing("full", "intranet", 1_800_000_000.0)]
    one = post.member("one")
    turn(one)
    turn(one)
    with post.roll() as roll:
        assert isinstance(roll, Members)
        (told,) = roll.everyone(now=time.time())
    assert (told.id, told.host, told.state, told.waiting) == ("one", "host", "working", 2)
    assert told.doing == (Doing("full", "intranet", 1_800_000_000.0),)
    assert 0 <= told.silent_s < 10
    assert one.leads
    assert post.queue.shared == 1


def test_a_silent_member_is_given_up_and_its_work_is_given_back_once_it_is_known(
    post: Post, clock: Clock
) -> None:
    dead, one = post.member("dead"), post.member("one")
    post.queue.pending[WORK] = "dead"
    clock.pass_by(SILENT_S, one)
    assert (states(post)["dead"], post.queue.given) == ("working", [])
    clock.pass_by(BEAT_S, one)
    assert (states(post)["dead"], post.queue.given) == ("silent", [WORK])
    turn(dead)
    assert len(post.died) == 1, "whoever was given up ends itself at its next beat"
    post.queue.given.clear()
    dead.look()
    assert not post.queue.given, "and looks after nobody until then"


@pytest.mark.parametrize("seconds", [3_600.0, -3_600.0], ids=["ahead", "back"])
def test_whoever_beats_is_alive_though_the_databases_clock_was_set_and_who_does_not_is_given_up(
    post: Post, clock: Clock, seconds: float
) -> None:
    dead, other, one = (post.member(name) for name in ("dead", "other", "one"))
    clock.pass_by(BEAT_S, dead, other, one)
    post.clock_is_set(seconds)
    turn(one)
    assert set(states(post).values()) == {"working"}, "they had no time to beat by the new clock"
    clock.pass_by(SILENT_S + 2 * BEAT_S, other, one)
    assert states(post) == {"dead": "silent", "other": "working", "one": "working"}


@pytest.mark.parametrize("what", ["the database", "this service"])
def test_what_stood_still_itself_is_no_silence_of_others(post: Post, clock: Clock, what: str) -> None:
    other, one = post.member("other"), post.member("one")
    clock.pass_by(BEAT_S, other, one)
    post.cut = what == "the database"
    for _ in range(5):
        clock.now += SILENT_S
        if post.cut:
            one._roll.close()
            one._rounds.close()
            turn(one)
    post.cut = False
    turn(one)
    assert states(post)["other"] == "working"
    clock.pass_by(3 * SILENT_S, other, one)
    assert states(post)["other"] == "working"


def test_the_beat_waits_for_nothing_that_the_round_waits_for(post: Post) -> None:
    """Who makes an index of the queue's tables anew keeps whoever reads them waiting; all would be as if dead."""
    asked, over = threading.Event(), threading.Event()

    class Locked(Waiting):
        def waiting(self) -> int:
            asked.set()
            assert over.wait(8)
            return 0

    beats, told = threading.Event(), []

    class Beaten(Busy):
        def under_way(self) -> Sequence[Doing]:
            told.append(asked.is_set())
            if sum(told) > 3:
                beats.set()
            return []

    async def live() -> None:
        one = Membership("one", post.roll, Locked(), Beaten(), pulse=Pulse(beat_s=0.01))
        one.join("host", "runs-1")
        one.takes_work = True
        one.begin(asyncio.get_running_loop())
        try:
            assert await asyncio.to_thread(beats.wait, 8), "it beats while its round waits for the queue"
        finally:
            over.set()
            await asyncio.to_thread(one.leave)

    asyncio.run(live())
    assert states(post) == {"one": "left"}


def test_what_was_done_long_ago_is_forgotten_by_the_one_that_leads_a_part_at_a_time(
    post: Post, clock: Clock
) -> None:
    one, other = post.member("one"), post.member("other")
    post.queue.forgotten = [7, rounds.FORGETS_AT_ONCE]
    clock.pass_by(4 * BEAT_S, other)
    assert not post.queue.forgot
    clock.pass_by(4 * BEAT_S, other, one)
    assert [most for _, most in post.queue.forgot] == [rounds.FORGETS_AT_ONCE] * 2
    assert post.queue.forgot[0][0] == pytest.approx(time.time() - FORGOTTEN_AFTER_S, abs=60)
    clock.now += FORGETS_EVERY_S
    clock.pass_by(2 * BEAT_S, other, one)
    assert len(post.queue.forgot) == 3


def test_who_left_long_ago_is_forgotten(post: Post) -> None:
    one, gone = post.member("one"), post.member("gone")
    gone.leave()
    turn(one)
    assert states(post) == {"one": "working", "gone": "left"}
    post.clock_is_set(FORGOTTEN_AFTER_S + 60)
    turn(one)
    assert states(post) == {"one": "working"}


def test_a_make_round_that_died_half_way_is_made_good_by_the_next(post: Post) -> None:
    post.member("dead")
    with post.roll() as roll:
        assert roll.give_up("dead", roll.working()["dead"].at) == "host"
    post.queue.pending[WORK] = "dead"
    one = post.member("one")
    turn(one)
    assert post.queue.given == [WORK]
    post.queue.pending[WORK] = "somebody that nobody knows"
    turn(one)
    assert post.queue.given == [WORK, WORK]


def test_what_is_begun_here_and_in_nobodys_hand_is_given_back(post: Post) -> None:
    one = post.member("one")
    post.queue.pending[WORK] = "one"
    with one.has_in_hand(WORK):
        turn(one)
        turn(one)
        assert not post.queue.given, "it is being done"
    turn(one)
    assert not post.queue.given, "its end is perhaps just written down"
    with one.has_in_hand(WORK):
        turn(one)
    turn(one)
    turn(one)
    assert post.queue.given == [WORK]
    del post.queue.pending[WORK]
    post.queue.pending["run/intranet/full/20260101T000000Z"] = "another one"
    post.member("another one")
    turn(one)
    turn(one)
    assert post.queue.given == [WORK], "whoever it is looks after itself"


def test_what_three_members_died_with_is_not_begun_again(post: Post) -> None:
    one = post.member("one")
    for n in range(MOST_TAKEN):
        post.queue.pending[WORK] = f"dead {n}"
        turn(one)
        turn(one)
    assert set(post.queue.given) == {WORK}
    assert set(post.queue.dropped) == {WORK}
    assert len(post.queue.given) == 2 * (MOST_TAKEN - 1)


def test_who_ended_by_itself_poisons_nothing(post: Post) -> None:
    one = post.member("one")
    for n in range(MOST_TAKEN + 1):
        left = post.member(f"left {n}")
        left.leave()
        post.queue.pending[WORK] = f"left {n}"
        turn(one)
    assert (post.queue.given, post.queue.dropped) == ([WORK] * (MOST_TAKEN + 1), [])
    with post.roll() as roll:
        assert isinstance(roll, Members)
        assert roll.takeovers(3600, now=time.time()) == []


def test_work_of_a_version_that_nobody_has_is_asked_for_anew(post: Post) -> None:
    one = post.member("one")
    post.queue.versions = {"old": "runs-0", "ours": "runs-1"}
    turn(one)
    assert post.queue.renewed == ["old"]


def test_one_make_rounds_at_a_time(post: Post) -> None:
    one = post.member("one")
    post.queue.pending[WORK] = "nobody"
    with post.roll() as roll, roll.at_once():
        assert roll.alone()
        turn(one)
        assert post.queue.given == []
    turn(one)
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
    one._roll.close()
    post.cut = True
    turn(one)
    one._heard -= SILENT_S + 1
    one._idle_at -= SILENT_S + 1
    turn(one)
    one.watch(1)
    assert post.died == [], "it has nothing in hand, and waits"
    post.executor.doing = [Doing("delta", "intranet", 0)]
    one.watch(1)
    assert post.died == [], "a ledger that was away for long is back: it just gave it that run"
    one._idle_at -= SILENT_S + 1
    one.watch(1)
    assert len(post.died) == 1


def test_a_worker_that_is_cut_off_for_long_tells_it_now_and_then_and_when_it_is_over(post: Post) -> None:
    one = post.member("one")
    one._roll.close()
    one._rounds.close()
    post.cut = True
    structlog.reset_defaults()
    with capture_logs() as logs:
        for _ in range(20):
            turn(one)
        assert sorted(told["event"] for told in logs) == ["worker.cut_off", "worker.no_round"]
        logs.clear()
        post.cut = False
        turn(one)
        assert [told["event"] for told in logs] == ["worker.heard_again"]
        logs.clear()
        one._roll.close()
        post.cut = True
        turn(one)
        assert "worker.cut_off" in [told["event"] for told in logs], "another trouble is told at once"


def test_who_has_only_joined_beats_and_make_rounds_not(post: Post) -> None:
    one = post.member("one")
    one.takes_work = False
    post.queue.pending[WORK] = "dead"
    turn(one)
    assert (one.leads, post.queue.given) == (False, [])


def test_a_program_whose_loop_stands_still_is_not_alive(post: Post) -> None:
    one = post.member("one")
    post.clock_is_set(20)
    one._turned -= 61
    turn(one)
    with post.roll() as roll:
        assert isinstance(roll, Members)
        assert roll.everyone(now=time.time())[0].silent_s >= 20
    one._mark()  # as the loop does once it turns again
    turn(one)
    with post.roll() as roll:
        assert isinstance(roll, Members)
        assert roll.everyone(now=time.time())[0].silent_s < 10


def test_nobody_gives_itself_up(post: Post, clock: Clock) -> None:
    """It makes rounds, and only its beat waits: what it has in hand is in nobody else's."""
    one = post.member("one")
    post.queue.pending[WORK] = "one"
    with one.has_in_hand(WORK):
        for _ in range(20):
            clock.now += BEAT_S
            one.look()
    assert (states(post), post.queue.given) == ({"one": "working"}, [])


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


class Slow:
    """A list of members whose beat waits, for as long as nobody who leaves speaks meanwhile. Stands in for `Members`."""

    def __init__(self) -> None:
        self.beating, self.left = threading.Event(), threading.Event()
        self.told: list[str] = []

    def join(self, *_: object, **__: object) -> None: ...

    def beat(self, *_: object, **__: object) -> bool:
        self.beating.set()
        self.left.wait(0.2)
        self.told.append("beat")
        return not self.left.is_set()

    def leave(self, *_: object, **__: object) -> None:
        self.told.append("left")
        self.left.set()


async def test_who_leaves_waits_for_the_beat_that_is_under_way(post: Post) -> None:
    """A database that is slow as a service ends: it stayed a member for half a minute, or ended as if it were given up."""
    roll, died = Slow(), list[str]()

    @contextmanager
    def opened() -> Iterator[Any]:
        yield roll

    one = Membership("one", opened, post.queue, post.executor, pulse=Pulse(beat_s=0.01), die=died.append)
    one.join("host", "runs-1")
    one.begin(asyncio.get_running_loop())
    await asyncio.to_thread(roll.beating.wait)
    await asyncio.to_thread(one.leave)
    for thread in one._threads:
        await asyncio.to_thread(thread.join)
    assert (roll.told, died) == (["beat", "left"], [])


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
