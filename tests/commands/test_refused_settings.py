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
    "verb", ["explain ix-1", "documents", "runs", "hidden", "hide ix-1", "backfill", "sync", "quarantine"]
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
