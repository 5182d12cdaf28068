"""What pages and screens say in states of trouble is true of them, and no two of them contradict each other."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import Any

import pytest

from connector.commands import screens
from connector.ledger.before_restore import note_restore
from connector.ledger.orders import About, Order, OrderKind
from connector.machine.lock import only_here, serving
from connector.plan.findings import Code
from connector.plan.report import Report, fold
from connector.plan.tally import Tally
from connector.ports.matching import Matching, record_id
from connector.status.explaining import explain, tell_for
from connector.status.runs import tell_whole_run
from connector.status.target_status import tell_status
from tests.pages.open_page import Open, park
from tests.people.estate import ALL_AND_FEW, COMMUNITY, address


def seen(page: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("&#39;", "'").split())


async def test_a_run_whose_process_was_killed_is_not_told_as_under_way(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = status.near
    await near.run("full")
    with near.app().ledger() as ledger:
        run = ledger.runs("intranet").start(mode="delta", dry_run=False, now=near.clock())
    for path in ("/", "/runs", f"/runs/{run.id}"):
        page = seen(await status.page(path))
        assert "is under way" not in page
        assert "killed before the run ended" in page
    overview = await status.page("/")
    assert "Everything is up to date" not in overview
    assert "No run was begun" not in overview
    assert overview.count(f'href="/runs/{run.id}"') > 1, "by the headline and among the last runs"
    app = near.app()
    with app.ledger() as ledger:
        (told,) = tell_status(app, ledger, now=near.clock())["targets"].values()
        assert (told["last_runs"][0]["run_id"], told["last_runs"][0]["outcome"]) == (run.id, "failed")
        assert "The last run failed" in told["matters"][0]["words"]
        # one that works has the lease
        ledger.runs("intranet").take_lease(now=near.clock())
        with only_here("a run"):
            (told,) = tell_status(app, ledger, now=near.clock())["targets"].values()
            assert told["last_runs"][0]["outcome"] == "running"
            assert "is under way" in await status.page("/")
    monkeypatch.setattr(
        "connector.machine.lock.NAMED", "interact-connector-of-a-test-"
    )  # others of this machine work
    assert "is under way" not in await status.page("/"), "nor does it while its lease lasts"


async def test_a_ledger_that_was_put_back_is_not_told_as_up_to_date_before_a_run(status: Open) -> None:
    near = status.near
    report = await near.run("full")
    with near.app().ledger() as ledger:
        run = ledger.runs("intranet").get(report.run_id)
        assert run is not None
        note_restore(ledger.notes(""), "intranet", "an earlier ledger", run=run.number)
    assert "The ledger was put back, and no run was done since" in seen(await status.page("/"))
    await near.run("delta")
    assert "The ledger was put back" not in await status.page("/")


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_a_lost_ledger_is_not_told_as_up_to_date_until_what_the_former_one_knew_is_gone(
    status: Open, mode: str
) -> None:
    """What its source removes meanwhile stays in the intranet: neither a delta nor a session that is not ended takes it away."""
    near, file = status.near, status.near.app().ledger_file
    await near.run("full")
    assert file is not None
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()
    assert "The former ledger is gone, and this one knows nothing yet" in seen(await status.page("/"))
    near.rooms.remove(status.small.plan)
    await near.run(mode)
    for _ in range(2):
        assert near.found() > near.expected(), "what was removed is found"
        overview = seen(await status.page("/"))
        assert "What is gone from its source may still be found" in overview
        assert "Everything is up to date" not in overview
        await near.run("delta")
    near.clock.pass_seconds(90_000)
    for _ in range(2):
        await near.run("full")
    assert near.found() == near.expected()
    assert "Everything is up to date" in seen(await status.page("/"))


async def test_where_what_people_hid_cannot_be_read_the_page_says_so_before_a_run_fails_for_it(
    status: Open,
) -> None:
    await status.near.run("full")
    folder = status.near.app().beside
    assert folder is not None
    (folder / "hidden.json").write_text("{")
    page = seen(await status.page("/"))
    assert "What people hid cannot be read, so every run fails" in page
    assert "hidden.json cannot be read" in page
    assert "Everything is up to date" not in page


async def test_what_is_hidden_and_still_found_is_told_before_everything_else(status: Open) -> None:
    near = status.near
    await near.run("full")
    order = Order(id="1", target="intranet", kind=OrderKind.HIDE, subject=f"ix-{status.small.plan}", at=1.0)
    with near.app().ledger() as ledger:
        ledger.orders("intranet").write(order)
    page = seen(await status.page("/"))
    assert "1 order to hide or forget is not carried out yet" in page
    assert "Everything is up to date" not in page
    await near.run("delta")
    assert "Everything is up to date" in seen(await status.page("/"))


async def test_whoever_asks_how_it_stands_is_told_that_no_service_runs(
    status: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    await status.near.run("full")
    app = status.near.app()
    for served in (False, True):
        with serving(app.beside) if served else nullcontext(), app.ledger() as ledger:
            told = tell_status(app, ledger, now=status.near.clock())
        assert told["served"] is served
        screens.show_status(told)
        assert ("No service runs with this ledger now" in capsys.readouterr().out) is not served


async def test_where_no_run_is_begun_any_more_that_is_what_is_told(status: Open) -> None:
    await status.near.run("full")
    status.near.clock.pass_seconds(90_000)
    page = seen(await status.page("/"))
    assert "No run was begun in the last 24 hours. The service begins them" in page
    status.near.values |= {"schedule.delta": "", "schedule.full": "0 3 1 1 *"}
    assert "None was due" in seen(await status.page("/"))
    status.near.values["schedule.full"] = ""
    assert "The schedule begins none" in seen(await status.page("/"))
    with status.near.app().ledger() as ledger:
        ledger.runs("intranet").start(mode="full", dry_run=False, now=status.near.clock())
    assert "No run was begun" not in await status.page("/"), "one was, and was killed"
    status.near.values["sources.interaxo.client_id"] = "nobody"
    await status.near.run("delta")
    page = seen(await status.page("/"))
    assert "No run of the last 24 hours read every source" in page
    assert "No run was begun" not in page


async def test_what_a_dry_run_would_put_on_hold_is_told_as_it_was_and_offers_no_decision(
    status: Open,
) -> None:
    near = status.near
    await near.run("full")
    near.values["safety.max_deletes"] = 0
    near.rooms.remove(status.small.site)
    dry = await near.run("delta", dry_run=True)
    assert [one.title for one in dry.held] == ["Site"]
    with near.app().ledger() as ledger:
        run = ledger.runs("intranet").get(dry.run_id)
        assert run is not None
        told = tell_whole_run(ledger, "intranet", run)
    assert [one["title"] for one in told["held"]] == ["Site"]
    page = seen(await status.page(f"/runs/{dry.run_id}"))
    assert "It would leave on hold" in page
    assert "--approve" not in page
    assert "--keep" not in page


def test_a_dry_run_offers_nothing_to_be_kept() -> None:
    tally = Tally()
    tally.tell(Code.UNCONFIRMED, count=2)
    made = {
        dry: fold(Report(run_id="01J", mode="delta", target="t", started=0, dry_run=dry), tally).reasons[0]
        for dry in (True, False)
    }
    assert "sync --keep 01J" in made[False]
    assert "sync --keep" not in made[True]


async def test_what_is_missing_without_proof_is_not_told_as_what_one_decides_about(status: Open) -> None:
    near = status.near
    await near.run("full")
    near.values["safety.max_deletes"] = 0
    near.rooms.remove(status.small.site)
    near.rooms.hide(status.small.report, 403)
    report = await near.run("full")
    assert {one.code for one in report.held} == {"brake", "missing"}
    page = await status.page(f"/runs/{report.run_id}")
    held, _, missing = page.partition("<h2>Missing, not confirmed as deleted</h2>")
    assert f"ix-{status.small.site}" in held
    assert f"ix-{status.small.report}" not in held
    assert f"ix-{status.small.report}" in missing


async def test_who_is_on_hold_is_looked_up_as_a_person(status: Open) -> None:
    near = status.near
    await near.run("full")
    near.values["safety.max_deletes"] = 0
    near.rooms.remove_person(COMMUNITY, address("kari"))
    report = await near.run("full")
    (person,) = [one for one in report.held if one.kind == "person"]
    page = await status.page(f"/runs/{report.run_id}")
    assert f"/documents/{person.id}" not in page
    assert f'href="/people?q={person.title.replace("@", "%40")}"' in page
    app = near.app()
    with app.ledger() as ledger:
        (told,) = tell_status(app, ledger, now=near.clock())["targets"].values()
        found = explain(ledger, "intranet", f"ix-{status.small.plan}")
        assert found is not None
        why = tell_for(ledger, "intranet", found, address("kari"), Matching())
    assert told["people"]["held"] == 1
    assert why["finds"]
    assert "the person is on hold, and keeps them: would lose all access" in why["steps"][-2]


async def test_what_waits_to_be_shown_to_more_people_is_on_hold_on_every_screen(status: Open) -> None:
    near, small = status.near, status.small
    await near.run("full")
    near.values["safety.max_widened"] = 1
    near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
    report = await near.run("full")
    app = near.app()
    with app.ledger() as ledger:
        told = explain(ledger, "intranet", f"ix-{small.plan}")
        (stands,) = tell_status(app, ledger, now=near.clock())["targets"].values()
    assert told is not None
    assert "more people may see it" in told["held"]
    assert stands["documents"]["held"] == report.documents.held == stands["waiting"] > 1
    await near.run("full", keep=report.run_id)
    with app.ledger() as ledger:
        told = explain(ledger, "intranet", f"ix-{small.plan}")
        (stands,) = tell_status(app, ledger, now=near.clock())["targets"].values()
    assert told is not None
    assert "kept by a person's decision" in told["held"]
    assert stands["documents"]["held"] == stands["documents"]["kept"] == report.documents.held
    assert stands["waiting"] == 0


@pytest.mark.parametrize("how", ["hidden", "removed", "in quarantine"])
async def test_why_nobody_finds_what_is_not_in_the_search_is_answered(status: Open, how: str) -> None:
    near, small = status.near, status.small
    await near.run("full")
    identifier = f"ix-{small.plan}"
    if how == "hidden":
        key = await status.sign_in("Ola")
        await status.client.post(f"/documents/{identifier}/hide", data={"form_key": key})
    elif how == "removed":
        near.rooms.remove(small.plan)
        await near.run("delta")
    else:
        identifier = "ix-odd"
        park(near)
    with near.app().ledger() as ledger:
        told = explain(ledger, "intranet", identifier)
        assert told is not None
        why = tell_for(ledger, "intranet", told, address("kari"), Matching())
    assert not why["finds"]
    reason = {"hidden": "hidden by Ola", "removed": "gone from its source", "in quarantine": "has no title"}[
        how
    ]
    assert reason in why["missing"]
    page = seen(await status.page(f"/documents/{identifier}?for={address('kari')}"))
    assert "kari@example.com does not find it" in page
    assert "What is missing: nobody finds it" in page


async def test_of_somebody_who_was_forgotten_it_is_said_that_she_was(status: Open) -> None:
    near, small = status.near, status.small
    await near.run("full")
    order: dict[str, Any] = {
        "kind": OrderKind.FORGET,
        "about": About.PERSON,
        "who": "Eva",
        "at": near.clock(),
    }
    with near.app().ledger() as ledger:
        ledger.orders("intranet").write(
            Order(id="O1", target="intranet", subject=record_id("gone@example.com"), done_at=1.0, **order)
        )
    for path in ("/people?q=Gone@example.com", f"/documents/ix-{small.plan}?for=Gone@example.com"):
        page = seen(await status.page(path))
        assert "forgotten by Eva since 20" in page
        assert re.search(r"unhide (--target intranet )?Gone@example.com", page)
        assert "people file" not in page
        assert "No source names" not in page


async def test_rooms_of_somebody_without_an_account_are_what_she_would_find(status: Open) -> None:
    near = status.near
    near.intranet.switches.people_exist = False
    near.intranet.remove_person(address("kari"))
    await near.run("full")
    page = seen(await status.page("/people?q=kari@example.com"))
    assert "finds only what everybody finds" in page
    assert "Rooms where this person would find something" in page
    near.intranet.switches.people_exist = True
    await near.run("full")
    assert "Rooms where this person finds something" in seen(await status.page("/people?q=kari@example.com"))


async def test_an_overview_of_one_target_tells_what_is_the_matter_with_the_others(status: Open) -> None:
    near = status.near
    await near.run("full")
    values = near.values
    values |= {
        key.replace("intranet", "other"): one for key, one in values.items() if key.startswith("targets.")
    }
    values |= {"targets.other.app_id": 48, "sources.interaxo.target": "intranet"}
    page = await status.page("/")
    assert "Everything is up to date" in page, "of the target that is shown"
    assert '<a href="/?target=other">Target other</a>: Nothing has been synchronised yet' in page
    page = await status.page("/?target=other")
    assert "Target intranet" not in page, "nothing is the matter there"
