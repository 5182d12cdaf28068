"""What `connector status` tells by settings that are refused: what is wrong, what that means, and all that is known besides."""

from __future__ import annotations

import pytest

from connector.machine.lock import serving
from tests.office import DONE, USAGE, Office

BROKEN = {
    "a key that there is not": ("[http]", '[schedule]\ndelat = "* * * * *"\n[http]', "schedule.delat"),
    "the only source": ('permissions = "room"', 'permissions = "rom"', "sources.interaxo.permissions"),
    "no TOML": ("[http]", '[schedule]\ndelta = "* * * * *\n[http]', "is not valid TOML"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_status_tells_what_is_wrong_and_how_it_stands(office: Office, broken: tuple[str, str, str]) -> None:
    assert office.ask("backfill").code == DONE
    whole = office.ask("status", "--json").json
    right, wrong, why = broken
    text = office.settings.read_text("utf-8")
    assert text.count(right) == 1
    office.settings.write_text(text.replace(right, wrong), "utf-8")
    told = office.ask("status")
    assert told.code == USAGE
    said = " ".join(told.err.split())
    assert why in said
    assert "No run and no service begins with these settings" in said
    assert "No service runs with this ledger now: search stays as it is" in said
    assert "no source belongs" not in told.out
    with serving(office.folder / "var"):
        assert "The service that runs goes on by those of before." in " ".join(
            office.ask("status").err.split()
        )
    assert "connector check" in said
    assert f"{whole['targets']['intranet']['documents']['live']} documents in the intranet" in told.out
    assert "next delta run" not in told.out, "a service that runs goes by other settings"
    as_json = office.ask("status", "--json")
    assert as_json.code == USAGE
    error = as_json.json["error"]
    assert why in f"{error['key']} {error['message']}"
    now, then = as_json.json["targets"]["intranet"], whole["targets"]["intranet"]
    assert now["documents"] == then["documents"]
    assert now["last_runs"] == then["last_runs"]


def test_where_they_do_not_tell_whose_state_it_is_only_the_mistake_is_told(office: Office) -> None:
    assert office.ask("backfill").code == DONE
    text = office.settings.read_text("utf-8")
    office.settings.write_text(text.replace("app_id", "ap_id"), "utf-8")
    told = office.ask("status")
    assert told.code == USAGE
    assert told.out == ""
    assert "ap_id" in told.err


@pytest.mark.parametrize(
    "verb", ["explain ix-1", "documents", "runs", "hidden", "unhide ix-1", "backfill", "sync", "quarantine"]
)
def test_any_other_verb_names_the_one_that_tells_how_it_stands(office: Office, verb: str) -> None:
    text = office.settings.read_text("utf-8")
    office.settings.write_text(text.replace("[http]", "[http]\nattemps = 1"), "utf-8")
    told = office.ask(*verb.split())
    assert told.code == USAGE
    mistake, stands, verb_that_tells = " ".join(told.err.split()).partition(
        "Nothing was done. How it stands all the same: "
    )
    assert "http.attemps: unknown key" in mistake
    assert stands
    assert verb_that_tells.endswith("status")
    office.settings.write_text(text.replace("app_id", "ap_id"), "utf-8")
    assert "status" not in office.ask(*verb.split()).err, "that could tell nothing either"


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_has_to_be_out_of_the_search_now_is_hidden_by_what_is_right(
    office: Office, broken: tuple[str, str, str]
) -> None:
    """Nothing was done, at night, since somebody had mistyped a schedule by day."""
    plan = f"ix-{office.small.plan}"
    assert office.ask("backfill").code == DONE
    right, wrong, why = broken
    text = office.settings.read_text("utf-8")
    office.settings.write_text(text.replace(right, wrong), "utf-8")
    told = office.ask("hide", "plan.pdf", "--because", "wrong version", "--json")
    assert told.code == DONE, told.err
    assert (told.json["id"], told.json["carried_out"]) == (plan, True)
    assert plan not in office.intranet.documents
    said = " ".join(told.err.split())
    assert why in said
    assert "This is hidden by what is right in the settings" in said
    assert "connector check" in said
    office.settings.write_text(text, "utf-8")
    assert office.ask("sync", "--mode", "full", "--json").json["outcome"] == "succeeded"
    assert plan not in office.intranet.documents


def test_a_secret_of_a_source_that_is_not_there_keeps_nobody_from_hiding(office: Office) -> None:
    plan = f"ix-{office.small.plan}"
    assert office.ask("backfill").code == DONE
    del office.secrets["CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET"]
    assert office.ask("sync").code == USAGE
    told = office.ask("hide", plan, "--json")
    assert told.code == DONE, told.err
    assert plan not in office.intranet.documents


UNCLEAR = {
    "another key of the intranet": ("app_id", "ap_id", "ap_id"),
    "no TOML where the intranet is": ("[targets.intranet]", "[targets.intranet", "is not valid TOML"),
    "the intranet twice": (
        "[sources.interaxo]",
        '[targets.intranet]\nbase_url = "https://x.example.com"\n[sources.interaxo]',
        "is not valid TOML",
    ),
    "no TOML where the ledger is": ("[http]", '[ledger]\nurl = "sqlite:///x.db\n[http]', "is not valid TOML"),
    "several intranets, one of which is wrong": (
        "[sources.interaxo]",
        '[targets.other]\nbase_url = "https://x.example.com"\n[sources.interaxo]',
        "targets.other",
    ),
}


@pytest.mark.parametrize("unclear", UNCLEAR.values(), ids=UNCLEAR)
def test_where_they_do_not_tell_which_intranet_or_ledger_nothing_is_hidden(
    office: Office, unclear: tuple[str, str, str]
) -> None:
    assert office.ask("backfill").code == DONE
    there = set(office.intranet.documents)
    right, wrong, why = unclear
    text = office.settings.read_text("utf-8")
    assert right in text
    office.settings.write_text(text.replace(right, wrong, 1), "utf-8")
    told = office.ask("hide", "plan.pdf")
    assert told.code == USAGE
    said = " ".join(told.err.split())
    assert why in said
    assert "Nothing was hidden. To hide something [ledger] and [targets] alone have to be right" in said
    assert set(office.intranet.documents) == there
    (office.folder / "as-it-was.toml").write_text(text, "utf-8")
    assert office.ask("hide", "plan.pdf", "--settings", str(office.folder / "as-it-was.toml")).code == DONE
    assert f"ix-{office.small.plan}" not in office.intranet.documents


def test_a_key_of_the_intranet_that_is_not_there_is_told_as_ever(office: Office) -> None:
    assert office.ask("backfill").code == DONE
    del office.secrets["CONNECTOR_TARGETS__INTRANET__API_KEY"]
    told = office.ask("hide", "plan.pdf")
    assert told.code == USAGE
    assert "targets.intranet.api_key: missing" in told.err
    assert "Nothing was hidden" in told.err
