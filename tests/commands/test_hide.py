"""`connector hide`, `unhide`, `hidden`: by id, link or title, with who, since when, why and until when."""

from __future__ import annotations

import csv
import io
import json
import stat
import unicodedata
from pathlib import Path

import msgspec
import pytest

from connector.app import App
from connector.commands import orders
from connector.errors import LeaseHeld, LedgerAway
from connector.ledger.orders import OrderKind
from connector.plan.options import Options
from connector.sandbox.faults import Fault, Status
from connector.wiring.orders import carry_out, write
from tests.office import DONE, FAILED, LEFT, USAGE, Office


def test_a_document_is_hidden_listed_explained_and_shown_again(office: Office) -> None:
    plan = f"ix-{office.small.plan}"
    office.ask("sync", "--mode", "full")
    hid = office.ask("hide", "PLAN.pdf", "--because", "wrong version", "--as", "kari", "--json")
    assert hid.code == DONE, hid.err
    assert (hid.json["id"], hid.json["documents"], hid.json["carried_out"]) == (plan, 1, True)
    assert plan not in office.intranet.documents
    file = office.folder / "var" / "hidden.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one["subject"] for one in json.loads(file.read_text())["orders"]] == [plan]

    listed = office.ask("hidden", "--json")
    assert listed.code == DONE
    (one,) = listed.json["hidden"]
    assert (one["id"], one["by"], one["because"], one["until"]) == (plan, "kari", "wrong version", None)
    assert "hidden by kari since 20" in office.ask("hidden").out

    for what in ("plan.pdf", plan, office.small.plan):
        told = office.ask("explain", what, "--json")
        assert told.code == DONE, told.err
        assert (told.json["state"], told.json["hidden"]["by"]) == ("hidden", "kari")
    assert "because: wrong version" in office.ask("explain", plan).out

    assert office.ask("sync", "--mode", "full", "--json").json["outcome"] == "succeeded"
    assert plan not in office.intranet.documents
    shown = office.ask("unhide", "plan.pdf", "--json")
    assert shown.code == DONE, shown.err
    assert office.ask("hidden", "--json").json == {"hidden": [], "documents": 0}
    assert office.ask("sync", "--json").json["documents"]["added"] == 1
    assert plan in office.intranet.documents


OWNERS_AWAY = {
    "CONNECTOR_NOTIFY__OWNERS": "away.csv",
    "CONNECTOR_NOTIFY__SMTP__HOST": "mail.example.com",
    "CONNECTOR_NOTIFY__SMTP__FROM": "connector@example.com",
}


def test_a_list_of_owners_that_is_away_keeps_no_run_from_beginning_and_check_says_so(office: Office) -> None:
    ran = office.ask("sync", "--mode", "full", **OWNERS_AWAY)
    assert ran.code == DONE, ran.err
    assert f"ix-{office.small.plan}" in office.intranet.documents
    checked = office.ask("check", **OWNERS_AWAY)
    assert (checked.code, "away.csv" in checked.err, "notify.owners" in checked.err) == (USAGE, True, True)


def test_whoever_hides_or_forgets_something_needs_no_list_of_people(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    away = {"CONNECTOR_SOURCES__INTERAXO__PEOPLE": "away.csv"}
    assert office.ask("sync", **away).code == USAGE
    hid = office.ask("hide", "PLAN.pdf", "--json", **away)
    assert hid.code == DONE, hid.err + hid.out
    assert office.ask("forget", f"ix-{office.small.section}", "--yes", "--json", **away).code == DONE
    assert not {f"ix-{office.small.plan}", f"ix-{office.small.section}"} & office.intranet.documents.keys()
    assert office.ask("unhide", "PLAN.pdf", "--json", **away).code == DONE


def test_whoever_hides_waits_for_no_pause_that_was_asked_of_runs(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    office.wire.add(Fault("PUT *", Status(503, retry_after=80_000), times=1))
    assert "asks not to be called before" in office.ask("sync", "--mode", "full").out
    assert "asked not to be called before" in office.ask("sync", "--mode", "full").out
    hid = office.ask("hide", "PLAN.pdf", "--json")
    assert (hid.code, hid.json["carried_out"]) == (DONE, True), hid.err
    assert f"ix-{office.small.plan}" not in office.intranet.documents


def test_why_the_intranet_did_not_do_it_is_told_with_what_becomes_of_the_order(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    office.wire.add(Fault("PUT *docs/delete*", Status(503), times=None))
    hid = office.ask("hide", "plan.pdf")
    assert hid.code == LEFT
    said = " ".join(hid.out.split())
    assert said.startswith("plan.pdf is still in search: Interact (intranet): PUT")
    assert "answered 503" in said
    assert "The order is written down" in said


@pytest.mark.parametrize("kind", [OrderKind.HIDE, OrderKind.UNHIDE])
def test_an_order_that_ends_by_a_later_one_before_it_is_carried_out_is_told_so(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: OrderKind
) -> None:
    """A run is under way: the command waits for it, and somebody else orders something about the same."""
    office.ask("sync", "--mode", "full")

    async def held(app: App, target: str, *_: object) -> str:
        with app.ledger() as ledger:
            if (mine := ledger.orders(target).waiting()[-1]).who == "kari":
                write(ledger, msgspec.structs.replace(mine, id="later", kind=kind, who="ola"))
        raise LeaseHeld("A run is under way.")

    monkeypatch.setattr(orders, "carry_out", held)
    monkeypatch.setattr(orders, "LOOK_S", 0.01)
    monkeypatch.setattr(orders, "WAIT_S", 0.05)
    hid = office.ask("hide", "plan.pdf", "--as", "kari")
    assert hid.code == LEFT
    said = " ".join(hid.out.split())
    assert said.startswith(f"ola gave a later order about plan.pdf ({kind}), which counts instead")


def test_who_hides_waits_for_a_ledger_whose_database_is_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was restarted, say, after the order was written down."""
    office.ask("sync", "--mode", "full")
    away = [LedgerAway("It is starting up."), LedgerAway("It is starting up.")]

    async def carry_out_late(app: App, target: str, options: Options) -> str:
        if away:
            raise away.pop()
        return await carry_out(app, target, options)

    monkeypatch.setattr(orders, "carry_out", carry_out_late)
    monkeypatch.setattr(orders, "LOOK_S", 0.01)
    hid = office.ask("hide", "plan.pdf")
    assert hid.code == DONE, hid.err
    assert not away
    assert hid.err.count("does not answer") == 1
    assert f"ix-{office.small.plan}" not in office.intranet.documents


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (("hide",), "the next run carries it out"),
        (("forget", "--yes"), "After that run, type the same command again"),
    ],
)
def test_who_orders_is_told_what_is_left_where_the_database_stays_away(
    office: Office, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...], words: str
) -> None:
    office.ask("sync", "--mode", "full")

    async def never(*_: object) -> str:
        raise LedgerAway("The ledger cannot be used")

    monkeypatch.setattr(orders, "carry_out", never)
    monkeypatch.setattr(orders, "LOOK_S", 0.01)
    monkeypatch.setattr(orders, "WAIT_S", 0.05)
    told = office.ask(*verb, "plan.pdf")
    assert told.code == FAILED
    said = " ".join(told.err.split())
    assert "The ledger cannot be used" in said
    assert words in said


def test_a_title_that_fits_several_lists_them_and_hides_none(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    before = set(office.intranet.documents)
    told = office.ask("hide", "e", "--json")
    assert told.code == USAGE
    assert told.json["count"] > 1
    assert {"id", "title", "folders", "link"} == set(told.json["fits"][0])
    assert set(office.intranet.documents) == before
    assert office.ask("hidden", "--json").json["hidden"] == []


@pytest.mark.parametrize(
    ("verb", "argument"),
    [(["hide"], "ID|LINK|TITLE"), (["forget", "--yes"], "ID|PERSON"), (["explain"], "ID|LINK|TITLE")],
)
def test_where_several_fit_the_error_names_the_argument_as_the_verb_s_help_does(
    office: Office, verb: list[str], argument: str
) -> None:
    office.ask("sync", "--mode", "full")
    told = office.ask(*verb, "e", "--json")
    assert told.json["count"] > 1
    assert told.json["error"]["key"] == argument
    assert argument in office.ask(verb[0], "--help").out


def test_what_nobody_knows_and_a_date_that_is_past_or_none_are_told(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    assert office.ask("hide", "no such thing", "--json").code == USAGE
    assert office.ask("unhide", "no such thing", "--json").code == USAGE
    for date in ("2001-01-01", "tomorrow"):
        told = office.ask("hide", "plan.pdf", "--until", date, "--json")
        assert told.code == USAGE
        assert told.json["error"]["key"] == "--until"


@pytest.mark.parametrize("verb", ["explain", "hide", "unhide"])
def test_what_begins_as_an_address_and_is_none_is_told_as_any_other_unknown_thing(
    office: Office, verb: str
) -> None:
    office.ask("sync", "--mode", "full")
    for link in ("https://[ix.example.com/a", "https://ix.example.com]/a", "https://ix[1.example.com/\u2100"):
        told = office.ask(verb, link, "--json")
        assert told.code == USAGE, told.err
        assert "Traceback" not in told.err


def test_a_name_is_found_however_its_letters_were_typed(office: Office) -> None:
    office.rooms.rename(office.small.section, "Blåbær.txt")
    assert office.ask("sync", "--mode", "full", "--json").code == DONE
    typed = unicodedata.normalize("NFD", "Blåbær.txt")
    assert office.ask("explain", typed).code == DONE
    assert "Blåbær.txt" in office.ask("documents", typed).out
    assert office.ask("hide", typed).code == DONE
    assert office.ask("unhide", typed).code == DONE


def test_the_link_of_a_container_hides_all_below_it(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    folder = office.intranet.documents[f"ix-{office.small.drawings}"].document
    told = office.ask("hide", folder["Url"], "--json")
    assert told.code == DONE, told.err
    assert told.json["documents"] > 1
    assert not [
        one
        for one, row in office.intranet.documents.items()
        if f"/ix-{office.small.drawings}/" in row.document["MaterializedPath"]
    ]
    below = office.ask("unhide", "plan.pdf", "--json")
    assert below.code == FAILED
    assert f"connector unhide ix-{office.small.drawings}" in below.json["error"]["message"]


def test_orders_are_read_back_where_the_ledger_is_lost(office: Office) -> None:
    plan = f"ix-{office.small.plan}"
    office.ask("sync", "--mode", "full")
    office.ask("hide", plan)
    for file in Path(office.folder / "var").glob("ledger.db*"):
        file.unlink()
    office.ask("sync", "--mode", "full")
    assert plan not in office.intranet.documents
    assert [one["id"] for one in office.ask("hidden", "--json").json["hidden"]] == [plan]


def test_what_was_removed_can_be_asked_for_with_its_run_and_why(office: Office) -> None:
    plan, section = f"ix-{office.small.plan}", f"ix-{office.small.section}"
    office.ask("sync", "--mode", "full")
    office.do(lambda: office.rooms.remove(office.small.plan))
    run = office.ask("sync", "--json").json
    office.ask("hide", section)
    for what in (plan, "plan.pdf"):
        told = office.ask("explain", what, "--json")
        assert told.code == DONE, told.err
        assert (told.json["id"], told.json["state"]) == (plan, "removed")
        gone = told.json["removed"]
        assert (gone["run_id"], gone["code"], gone["approved"]) == (run["run_id"], "not-found", False)
        assert told.json["folders"][-1] == "Drawings"
    whole = office.ask("runs", run["run_id"], "--json").json
    assert [(one["id"], one["title"], one["code"]) for one in whole["removed_documents"]] == [
        (plan, "plan.pdf", "not-found")
    ]
    assert "gone from its source (404)" in " ".join(office.ask("runs", run["run_id"]).out.split())
    listed = office.ask("documents", "--state", "removed", "--json").json
    assert [one["id"] for one in listed["documents"]] == [plan]
    assert listed["count"] == 1
    hidden = office.ask("documents", "--state", "hidden", "--json").json
    assert [(one["id"], one["state"]) for one in hidden["documents"]] == [(section, "hidden")]
    for state, one, reason in (("removed", plan, "not-found"), ("hidden", section, "hidden")):
        for more, fits in (
            (["--room", "example-corp/bridge"], True),
            (["--room", "example-corp/tunnel"], False),
            (["--source", "interaxo"], True),
            (["--reason", reason], True),
            (["--reason", "approved"], False),
            (["--format", "pdf"], one == plan),
            (["nothing of that name"], False),
        ):
            shown = office.ask("documents", "--state", state, *more, "--json")
            assert shown.code == DONE, shown.err
            ids = [row["id"] for row in shown.json["documents"]]
            assert ids == ([one] if fits else []), (state, more)
            assert shown.json["count"] == len(ids)
        office.ask("documents", "--state", state)
        told = office.ask("documents", "--state", state, "--csv")
        (row,) = csv.DictReader(io.StringIO(told.out.removeprefix("\ufeff"), newline=""))
        assert (row["id"], row["state"], row["reason"]) == (one, state, reason)
        assert row["folders"]


def test_a_hide_says_until_when_and_what_earlier_order_it_replaces(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    first = office.ask(
        "hide", "plan.pdf", "--until", "2099-01-01", "--because", "wrong version", "--as", "kari"
    )
    assert "stays out until 2099-01-01 00:00. See" in " ".join(first.out.split())
    again = " ".join(office.ask("hide", "plan.pdf", "--as", "ola").out.split())
    assert "stays out until somebody shows it again. It was hidden by kari since 20" in again
    assert "because: wrong version; until 2099-01-01 00:00. This order replaces that one." in again
    assert "by ola" in office.ask("hidden").out


@pytest.mark.parametrize("how", ["hidden", "removed"])
def test_the_title_of_what_is_out_of_the_search_means_no_other_document_of_which_it_is_a_part(
    office: Office, how: str
) -> None:
    plan, section = f"ix-{office.small.plan}", f"ix-{office.small.section}"
    office.do(lambda: office.rooms.rename(office.small.section, "section of plan.pdf"))
    office.ask("sync", "--mode", "full")
    if how == "hidden":
        office.ask("hide", "plan.pdf")
    else:
        office.do(lambda: office.rooms.remove(office.small.plan))
        office.ask("sync")
    assert office.ask("explain", "plan.pdf", "--json").json["id"] == plan
    again = office.ask("hide", "plan.pdf", "--json")
    erased = office.ask("forget", "plan.pdf", "--yes", "--json")
    assert [again.code, erased.code] == ([DONE, DONE] if how == "hidden" else [USAGE, USAGE])
    if how == "hidden":
        assert (again.json["id"], erased.json["ids"]) == (plan, [plan])
    assert section in office.intranet.documents


def test_several_hidden_ones_of_one_title_are_named_and_none_is_forgotten(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    ids = sorted(f"ix-{one}" for one in (office.small.plan, office.small.section))
    office.do(lambda: office.rooms.rename(office.small.section, "plan.pdf"))
    office.ask("sync", "--mode", "full")
    for one in ids:
        office.ask("hide", one)
    for words in (("hide", "plan.pdf"), ("forget", "plan.pdf", "--yes"), ("unhide", "plan.pdf")):
        told = office.ask(*words, "--json")
        assert told.code == USAGE
        assert told.json["error"]["message"] == (
            f"several hidden documents fit: {', '.join(ids)}. Name one by its id"
        )


@pytest.mark.parametrize("date", ["9999-12-31", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999999"])
def test_what_is_hidden_until_the_last_of_all_days_can_be_listed(office: Office, date: str) -> None:
    office.ask("sync", "--mode", "full")
    hid = office.ask("hide", "plan.pdf", "--until", date, "--json")
    assert hid.code == DONE, hid.err
    (one,) = office.ask("hidden", "--json").json["hidden"]
    assert one["until"] == hid.json["until"]
    assert one["until"].startswith("9999-12-3")
    report = office.ask("audience", "report", "--since", date.replace("9999-12-31", "0001-01-01"))
    assert report.code == DONE, report.err
