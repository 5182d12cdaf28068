"""A target on hold: whatever would be new or wider stays back, by whichever way it comes, and everything says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.canary.own_document import IDENTITY
from connector.ledger.on_hold import lift_hold, put_on_hold
from connector.ledger.orders import Order, OrderKind
from connector.notify.events import LEAKS
from connector.notify.stored_state import read_notify_state
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.sandbox.faults import Status
from connector.status.explaining import explain, why_nothing_new
from connector.status.metrics import Metrics
from connector.wiring.canary import canary_of
from connector.wiring.notifications import notifier_of
from connector.wiring.orders import carry_out, write
from tests.canary.test_canary import STRANGER, look, on_hold, with_canary
from tests.neighbourhood import Neighbourhood
from tests.notify.postoffice import Hook
from tests.people.estate import COMMUNITY, FEW, address, estate, sees
from tests.rules.ground import break_all, calls, files_of, lists, plain_world, when
from tests.rules.hiding import hide

ADDRESS = "targets.intranet.base_url"


def put(near: Neighbourhood) -> None:
    with near.app().ledger() as ledger:
        put_on_hold(ledger.notes(""), "intranet", now=near.clock())


def lift(near: Neighbourhood) -> None:
    with near.app().ledger() as ledger:
        lift_hold(ledger.notes(""), "intranet")


async def test_a_hold_ends_with_the_search_test_whoever_looks_first_and_is_told_of_by_nobody_then(
    tmp_path: Path,
) -> None:
    """Also where the search test cannot be taken out of the intranet, or nothing is kept of it."""
    async with plain_world(tmp_path, alpha=2) as (near, roots):
        await near.run("full")
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        put(near)
        told: list[str] = []
        when(near, lists(roots["alpha"]), lambda: told.append(told_of_hold(near)))
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert f"ix-{new}" in near.found()
        assert told == [""]
        put(near)
        await look(near)
        assert told_of_hold(near) == ""


async def test_a_service_without_a_search_test_ends_no_hold_and_takes_away_no_test_of_another_one(
    tmp_path: Path,
) -> None:
    """Until nobody has said for an hour that there is to be one."""
    async with estate(tmp_path, "room") as (near, small):
        document = with_canary(near)
        await near.run("full")
        await look(near)
        put(near)
        await canary_of(near.app).stand_by()
        del near.values["canary.reader"]
        new = near.rooms.add_file(small.tunnel, "new.txt", content=b"x")
        had = near.intranet.identities_of(address("kari"))
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        for mode in ("look", "turn", "delta", "full"):
            if mode == "look":
                await look(near)
            elif mode == "turn":
                await near.app().take_turn("intranet")
            else:
                report = await near.run(mode)
                assert Code.ON_HOLD in report.codes
                assert not report.session.ended
            assert on_hold(near)
            assert document in near.intranet.documents
            assert f"ix-{new}" not in near.found()
            assert near.intranet.identities_of(address("kari")) == had
        near.clock.pass_seconds(3_700)
        assert (await near.run("full")).session.ended
        assert f"ix-{new}" in near.found()
        await look(near)
        assert document not in near.intranet.documents


def told_of_hold(near: Neighbourhood) -> str:
    """Why nothing new is sent, as whoever asks is told."""
    with near.app().ledger() as ledger:
        return why_nothing_new(ledger, "intranet")


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_a_hold_that_begins_while_a_run_works_stops_what_has_not_gone_out(
    tmp_path: Path, mode: str
) -> None:
    async with plain_world(tmp_path, alpha=2, beta=40) as (near, roots):
        with_canary(near)
        near.values["targets.intranet.batch_documents"] = 5
        when(near, lists(roots["beta"]), lambda: put(near))
        report = await near.run(mode)
        assert Code.ON_HOLD in report.codes
        assert report.outcome == "withheld"
        assert not report.session.ended
        assert len(near.found()) < len(near.expected())
        assert report.documents.pending == len(near.expected()) - len(near.found())
        lift(near)
        assert (await near.run("full")).outcome == "succeeded"
        assert near.found() == near.expected()


async def test_a_hold_that_begins_while_one_batch_is_answered_stops_the_next_one(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=40) as (near, _):
        with_canary(near)
        near.values |= {"targets.intranet.batch_documents": 5, "targets.intranet.concurrency": 1}
        when(near, lambda call: call.path.endswith("docs/addupdate"), lambda: put(near))
        await near.run("backfill")
        assert len(near.found()) == 5


@pytest.mark.parametrize(
    ("ending", "times"),
    [
        pytest.param("docs/addupdate", 2, id="the last documents are answered"),
        pytest.param("users/addupdate", 1, id="people are answered"),
        pytest.param("users/endsyncsession", 1, id="the session of people ends"),
        pytest.param("docs/addupdate", 3, id="the note beside a room is answered"),
    ],
)
async def test_a_hold_that_begins_late_in_a_full_run_leaves_the_sessions_open_and_gives_nobody_more(
    tmp_path: Path, ending: str, times: int
) -> None:
    """Also where everything was sent by then, so that nothing is kept back."""
    async with estate(tmp_path, "room") as (near, _):
        with_canary(near)
        await near.run("full")
        near.clock.pass_seconds(3 * 3_600)
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        near.wire.clear()
        when(
            near,
            lambda call: call.path.endswith(ending) and len(calls(near, ending)) == times,
            lambda: put(near),
        )
        report = await near.run("full")
        paths = [call.path.rpartition("/connector/")[2].partition("/")[2] for call in near.wire.calls]
        began = [number for number, path in enumerate(paths) if path == ending][times - 1]
        assert not {"docs/endsyncsession", "users/endsyncsession", "users/addupdate"} & {*paths[began + 1 :]}
        assert not report.session.ended
        assert report.outcome == "withheld"
        assert Code.ON_HOLD in report.codes
        assert Code.SESSION_NOT_ENDED in report.codes
        lift(near)
        assert (await near.run("full")).session.ended


async def test_nothing_that_is_kept_back_is_fetched_and_nothing_is_pushed_again_in_a_full_run(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=5) as (near, roots):
        with_canary(near)
        near.values["sources.interaxo.content"] = True
        await near.run("full")
        put(near)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"secret words")
        near.wire.clear()
        mark = near.intranet.mark()
        report = await near.run("full")
        assert report.documents.pending == 1
        assert not [call for call in near.wire.calls if "download" in call.path or "content_url" in call.path]
        assert f"ix-{roots['alpha']}" in near.intranet.pushed_since(mark), "the note beside a room goes on"


async def test_what_a_person_shows_again_waits_too(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, roots):
        with_canary(near)
        await near.run("full")
        one, *_ = files_of(near, roots["alpha"])
        await hide(near, one)
        put(near)
        app, now = near.app(), near.clock()
        with app.ledger() as ledger:
            shown = Order(
                id="O2", target="intranet", kind=OrderKind.UNHIDE, subject=f"ix-{one}", who="kari", at=now
            )
            write(ledger, shown)
            app.orders_file().merge(ledger)
        await carry_out(app, "intranet", app.options("intranet", Mode.DELTA))
        assert Code.ON_HOLD in (await near.run("delta")).codes
        assert f"ix-{one}" not in near.found()
        lift(near)
        await near.run("delta")
        assert near.found() == near.expected()


async def test_people_lose_what_they_lose_and_gain_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        with_canary(near)
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        put(near)
        kari, ola = sees(near, "kari"), sees(near, "ola")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
        for mode in ("turn", "delta", "full"):
            near.clock.pass_seconds(3 * 3_600)
            await (near.app().take_turn("intranet") if mode == "turn" else near.run(mode))
            assert sees(near, "kari") == kari
            assert sees(near, "ola") < ola
            assert not near.intranet.user_deletions
        lift(near)
        await near.run("delta")
        assert near.intranet.identities_of(address("kari")) >= {"interaxo:group:example-corp/few"}


async def test_a_dry_run_tells_nothing_that_would_not_go_out(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, roots):
        with_canary(near)
        await near.run("full")
        put(near)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        report = await near.run("delta", dry_run=True)
        assert not report.changes
        assert Code.ON_HOLD in report.codes


async def test_everything_says_why(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, roots), Hook().open() as hook:
        with_canary(near)
        near.values |= {"notify.webhook": hook.url}
        await near.run("full")
        await look(near)
        put(near)
        for _ in range(2):
            await near.run("delta")
            await notifier_of(near.app).look()
        assert [one["event"] for one in hook.bodies] == ["withheld"]
        assert "A stranger" in hook.bodies[0]["text"]
        app = near.app()
        with app.ledger() as ledger:
            state = read_notify_state(ledger.notes(""), "intranet")
            assert state is not None
            assert LEAKS in state.standing.told
            one = explain(ledger, "intranet", f"ix-{roots['alpha']}")
            assert one is not None
            assert "connector check" in one["on_hold"]
            metrics = Metrics().render(ledger, {"intranet": {"interaxo"}}, now=near.clock()).decode()
        assert 'interact_connector_on_hold{target="intranet"} 1.0' in metrics
        assert 'interact_connector_canary_found_seconds{target="intranet"} 0.0' in metrics


@pytest.mark.parametrize("is_another", [False, True])
async def test_a_hold_outlives_another_name_of_the_intranet_and_no_other_intranet(
    tmp_path: Path, is_another: bool
) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, roots):
        canary = with_canary(near)
        near.intranet.seed_person(STRANGER, "The stranger", [IDENTITY])
        await near.run("full")
        await look(near)
        assert on_hold(near)
        near.values[ADDRESS] = near.values[ADDRESS].replace("127.0.0.1", "localhost")
        away = break_all(near, "*docs/state*", Status(401))
        await look(near)
        assert on_hold(near), "nobody knows which one it is"
        near.wire.faults.remove(away)
        near.clock.pass_seconds(120)
        if is_another:
            near.intranet.seed_person(STRANGER, "The stranger")
            del near.intranet.documents[canary]
        for _ in range(2):
            await look(near)
            assert on_hold(near) is not is_another
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        await near.run("full")
        assert (f"ix-{new}" in near.found()) is is_another


async def test_without_a_canary_in_the_settings_nothing_is_on_hold(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, roots):
        await near.run("full")
        put(near)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert near.found() == near.expected()
