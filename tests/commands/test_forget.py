"""`connector forget`: erased here and in the intranet, read back, with a certificate; and it does not come back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from connector.sandbox.faults import Fault, Status
from tests.office import DONE, LEFT, USAGE, Office


def everywhere(office: Office, words: str) -> list[str]:
    """Files beside the ledger, and the ledger itself, that hold some words."""
    return [
        one.name
        for one in sorted((office.folder / "var").rglob("*"))
        if one.is_file() and words.encode() in one.read_bytes()
    ]


CONTENT = {"bodies", "notes"}
"""An entry's field names her: what documents say is their source's, and the certificate says so."""


def named_in(office: Office, words: str) -> set[str]:
    """Tables of the ledger that hold some words."""
    with closing(sqlite3.connect(office.folder / "var" / "ledger.db")) as ledger:
        names = [row[1] for row in ledger.execute("PRAGMA table_list") if row[2] in {"table", "shadow"}]
        return {
            name
            for name in names
            if any(words in str(row) for row in ledger.execute(f"SELECT * FROM {name}"))
        }


def test_a_document_is_erased_everywhere_and_does_not_come_back(office: Office) -> None:
    plan = f"ix-{office.small.plan}"
    assert office.ask("sync", "--mode", "full", "--dry-run", "--json").json["changes"], "a report names it"
    office.ask("sync", "--mode", "full")
    assert everywhere(office, "plan.pdf")
    office.ask("hide", plan, "--because", "x")
    asked = office.ask("forget", plan, "--json")
    assert (asked.code, asked.json["error"]["key"]) == (USAGE, "--yes"), "it asks first"
    assert not asked.json["error"]["message"].endswith("?"), "nobody is there to answer"
    assert "will be erased" in asked.json["error"]["message"], "it is not done yet"

    told = office.ask("forget", plan, "--because", "art. 17", "--as", "dpo", "--yes", "--json")
    assert told.code == DONE, told.err
    one = told.json
    assert (one["about"], one["ids"], one["by"], one["complete"]) == ("document", [plan], "dpo", True)
    assert one["read_back"]["DocExists"] == [{"id": plan, "DocExists": False}]
    assert one["erased"]["reports"] >= 1
    assert (
        "1 document as it was last sent" in one["erased_words"] or "1 name in an order" in one["erased_words"]
    )
    assert not any("_" in words for words in one["erased_words"])
    assert "backups" in " ".join(one["not_reached"])
    assert everywhere(office, "plan.pdf") == []
    for mode in ("delta", "full"):
        run = office.ask("sync", "--mode", mode, "--json")
        assert run.json["outcome"] == "succeeded", run.json["reasons"]
    assert plan not in office.intranet.documents
    assert everywhere(office, "plan.pdf") == [], "its source still has it"
    assert "plan.pdf" not in office.ask("hidden").out
    again = office.ask("forget", plan, "--yes", "--json")
    assert (again.code, again.json["complete"]) == (DONE, True)


def test_a_person_is_erased_and_does_not_come_back(office: Office) -> None:
    office.do(lambda: office.intranet.seed_person("kari@example.com", "Kari", []))
    office.ask("sync", "--mode", "full")
    assert everywhere(office, "kari@example.com")
    assert office.intranet.search("plan", "kari@example.com")
    told = office.ask("forget", "Kari@example.com", "--yes", "--json")
    assert told.code == DONE, told.err
    assert (told.json["about"], told.json["complete"]) == ("person", True)
    assert told.json["erased"]["shares"] == 1
    assert not office.intranet.search("plan", "kari@example.com")
    assert named_in(office, "kari@example.com") <= CONTENT
    for mode in ("delta", "full"):
        assert office.ask("sync", "--mode", mode, "--json").json["outcome"] == "succeeded"
    assert not office.intranet.search("plan", "kari@example.com")
    assert named_in(office, "kari@example.com") <= CONTENT


def test_whom_a_people_file_names_is_erased_from_what_is_remembered_of_it(office: Office) -> None:
    """A run that cannot read the file goes by that."""
    file = office.folder / "people.csv"
    file.write_text("id,email\nu-77,nils@example.com\nu-78,eve@example.com\n", encoding="utf-8")
    text = office.settings.read_text(encoding="utf-8")
    office.settings.write_text(
        text.replace("[sources.interaxo]\n", '[sources.interaxo]\npeople = "people.csv"\n'), encoding="utf-8"
    )
    office.do(lambda: office.rooms.add_person("example-corp", "u-77", "Nils", ""))
    office.do(lambda: office.intranet.seed_person("nils@example.com", "Nils", []))
    office.ask("sync", "--mode", "full")
    assert "notes" in named_in(office, "nils@example.com")
    assert office.ask("forget", "nils@example.com", "--yes", "--json").json["complete"]
    assert named_in(office, "nils@example.com") == set()
    office.ask("sync", "--mode", "full")
    file.write_bytes(b"")
    told = office.ask("sync", "--mode", "full", "--json")
    assert (told.code, [one["code"] for one in told.json["findings"]][:1]) == (LEFT, ["people-file-unread"])
    assert named_in(office, "nils@example.com") == set()
    assert "notes" in named_in(office, "eve@example.com")
    assert office.ask("check", "--json").code == USAGE


def test_whom_the_people_file_of_a_library_names_is_erased_although_it_still_does(office: Office) -> None:
    """Her address stayed in what is remembered of the file, for as long as that named her, and up to two files longer."""
    (office.folder / "imports").mkdir()
    (office.folder / "imports" / "reports.csv").write_text(
        "ID,Report Path,Report Name,Description\r\npt1:1,Finance,Totals,\r\n", encoding="utf-8"
    )
    (office.folder / "roles.csv").write_text("folder,role\r\nFinance,approver\r\n", encoding="utf-8")
    file = office.folder / "people.csv"
    file.write_text(
        "email,role\r\nNils@example.com,approver\r\neve@old.example.com,approver\r\n", encoding="utf-8"
    )
    text = office.settings.read_text(encoding="utf-8")
    office.settings.write_text(
        f'{text}\n[targets.intranet.people.domains]\n"old.example.com" = "example.com"\n'
        '[sources.interject]\nkind = "interject"\nid_prefix = "ij"\nexports = ["imports/*.csv"]\nroles = "roles.csv"\n'
        'people = "people.csv"\nhelp_url = "https://intranet.example.com/interject"\n',
        encoding="utf-8",
    )
    for name in ("nils", "eve"):
        office.do(lambda name=name: office.intranet.seed_person(f"{name}@example.com", name, []))
    for _ in range(2):
        office.ask("sync", "--mode", "full")
    assert "persons" in named_in(office, "nils@example.com")
    for name, address in (("nils", "nils@example.com"), ("eve", "eve@old.example.com")):
        asked = office.ask("forget", f"{name}@example.com", "--yes", "--json")
        assert asked.json["complete"], asked.err
        assert everywhere(office, address) == [], address
    for mode in ("delta", "full"):
        assert office.ask("sync", "--mode", mode, "--json").json["outcome"] == "succeeded"
    file.write_text("email,role\r\nkari@example.com,approver\r\n", encoding="utf-8")
    office.ask("sync", "--mode", "full")
    for name, address in (("nils", "nils@example.com"), ("eve", "eve@old.example.com")):
        assert everywhere(office, address) == [], address
        assert not [one for one in office.intranet.users.values() if name in str(one.record).lower()]


def test_an_address_that_somebody_had_before_is_erased_from_what_tells_of_it(office: Office) -> None:
    """It was told that nobody is called so, while the history of removals and reports named it."""
    office.do(lambda: office.rooms.add_person("example-corp", "u-9", "Nils", "nils@example.com", ["all"]))
    office.do(lambda: office.intranet.seed_person("nils@example.com", "Nils", []))
    office.do(lambda: office.rooms.add_file(office.small.details, "his.txt", content=b"x", author="u-9"))
    office.ask("sync", "--mode", "full")
    office.do(
        lambda: office.rooms.add_person("example-corp", "u-9", "Nils", "nils.berg@example.com", ["all"])
    )
    office.do(lambda: office.intranet.seed_person("nils.berg@example.com", "Nils", []))
    for _ in range(2):
        office.ask("sync", "--mode", "full")
    assert "people_removals" in named_in(office, "nils@example.com")
    assert "persons" not in named_in(office, "nils@example.com"), "he has another one"
    told = office.ask("forget", "nils@example.com", "--yes", "--json")
    assert told.code == DONE, told.err
    assert everywhere(office, "nils@example.com") == []
    assert "persons" in named_in(office, "nils.berg@example.com"), "of whom nobody said anything"
    assert office.ask("forget", "nobody@example.com", "--yes").code == USAGE


@pytest.mark.parametrize("about", ["kari@example.com", "plan.pdf"])
def test_what_is_not_erased_yet_is_told_so_and_erased_as_it_is_told(office: Office, about: str) -> None:
    office.do(lambda: office.intranet.seed_person("kari@example.com", "Kari", []))
    office.ask("sync", "--mode", "full")
    down = office.do(lambda: office.wire.add(Fault("PUT */delete*", Status(503), times=None)))
    told = office.ask("forget", about, "--yes")
    assert told.code == LEFT, told.err
    said = " ".join(told.out.split())
    assert "is not erased yet" in said
    assert "erased here: nothing yet" in said
    assert "because a run is using it" not in said
    assert "answered 503" in said.split("The order is written down")[0]
    assert (waits := office.ask("hidden", "--json").json["hidden"][0])["carried_out"] is False, waits
    office.do(lambda: office.wire.faults.remove(down))
    office.ask("sync")
    left = office.ask("status").out
    assert "1 erasure is not finished" in left, "what is out of the intranet is still in the ledger"
    assert "To erase it: connector forget" in " ".join(office.ask("hidden").out.split())
    again = office.ask("forget", about, "--yes", "--json")
    assert (again.code, again.json["complete"]) == (DONE, True), again.err
    assert "erasure" not in office.ask("status").out
    assert about not in (office.folder / "var" / "hidden.json").read_text(encoding="utf-8")
    assert named_in(office, about) <= CONTENT
    assert (
        office.ask("unhide", {"plan.pdf": f"ix-{office.small.plan}"}.get(about, about), "--yes").code == DONE
    )
    office.ask("sync", "--mode", "full")
    assert office.intranet.search("plan", "kari@example.com"), "nothing else keeps it out"


def test_what_was_forgotten_is_erased_from_a_backup_that_is_put_back(office: Office) -> None:
    office.do(lambda: office.intranet.seed_person("kari@example.com", "Kari", []))
    drawings = f"ix-{office.small.drawings}"
    office.ask("sync", "--mode", "full")
    copy = office.folder / "copy.db"
    office.ask("ledger", "backup", str(copy))
    office.ask("forget", drawings, "--yes")
    office.ask("forget", "kari@example.com", "--yes")
    office.ask("ledger", "restore", str(copy), "--yes")
    for aside in (office.folder / "var").glob("ledger.db.before-*"):
        aside.unlink()
    for mode in ("delta", "full", "full"):
        office.ask("sync", "--mode", mode)
        assert drawings not in office.intranet.documents
        assert f"ix-{office.small.plan}" not in office.intranet.documents, "it stood below"
        assert not office.intranet.search("plan", "kari@example.com")
        assert named_in(office, "plan.pdf") == set()
        assert named_in(office, "kari@example.com") <= CONTENT


def test_who_was_forgotten_without_an_address_is_erased_from_a_backup_that_is_put_back(
    office: Office,
) -> None:
    key = "example-corp/nameless-one"
    office.do(lambda: office.rooms.add_person("example-corp", "nameless-one", "Nameless", "", ["all"]))
    office.do(
        lambda: office.rooms.add_file(office.small.details, "hers.txt", content=b"x", author="nameless-one")
    )
    office.ask("sync", "--mode", "full")
    assert "persons" in named_in(office, key)
    copy = office.folder / "copy.db"
    office.ask("ledger", "backup", str(copy))
    assert office.ask("forget", key, "--yes").code == DONE
    assert named_in(office, key) <= CONTENT
    office.ask("ledger", "restore", str(copy), "--yes")
    office.ask("sync", "--mode", "full")
    assert named_in(office, key) <= CONTENT


def test_a_person_who_comes_back_finds_what_the_sources_allow_again(office: Office) -> None:
    office.do(lambda: office.intranet.seed_person("kari@example.com", "Kari", []))
    office.ask("sync", "--mode", "full")
    office.ask("forget", "kari@example.com", "--yes")
    office.ask("sync", "--mode", "full")
    assert not office.intranet.search("plan", "kari@example.com")
    asked = office.ask("unhide", "Kari@example.com", "--json")
    assert (asked.code, asked.json["error"]["key"]) == (USAGE, "--yes"), "it asks first"
    told = office.ask("unhide", "Kari@example.com", "--yes", "--as", "dpo", "--json")
    assert (told.code, told.json["about"], told.json["by"]) == (DONE, "person", "dpo")
    office.ask("sync", "--mode", "full")
    assert office.intranet.search("plan", "kari@example.com")
    assert office.ask("unhide", "kari@example.com", "--yes", "--json").code == USAGE, "once is enough"


def test_who_was_forgotten_is_known_by_the_id_of_a_source_that_the_settings_call_otherwise_now(
    office: Office,
) -> None:
    office.do(lambda: office.intranet.seed_person("kari@example.com", "Kari", []))
    office.ask("sync", "--mode", "full")
    office.ask("forget", "kari@example.com", "--yes")
    text = office.settings.read_text(encoding="utf-8")
    office.settings.write_text(text.replace("sources.interaxo", "sources.rooms"), encoding="utf-8")
    office.secrets = {key.replace("INTERAXO", "ROOMS"): value for key, value in office.secrets.items()}
    key = "example-corp/kari@example.com"
    explained = office.ask("explain", f"ix-{office.small.report}", "--for", key, "--json")
    assert explained.json["for"]["missing"].endswith(f"connector unhide {key}"), explained.json["for"]
    assert office.ask("unhide", key, "--yes", "--json").code == DONE


def test_a_document_that_was_forgotten_by_mistake_comes_back_from_its_source(office: Office) -> None:
    plan = f"ix-{office.small.plan}"
    office.ask("sync", "--mode", "full")
    office.ask("forget", plan, "--yes")
    assert office.ask("hide", plan).code != DONE, "it is out already"
    assert office.ask("unhide", plan, "--yes").code == DONE
    office.ask("sync")
    assert plan in office.intranet.documents


def test_whom_nobody_knows_cannot_be_forgotten(office: Office) -> None:
    office.ask("sync", "--mode", "full")
    assert office.ask("forget", "nobody@example.com", "--yes", "--json").code == USAGE


def test_words_that_name_nobody_forget_nobody(office: Office) -> None:
    """Of several people the source knows no address: none of them is meant by nothing, nor by what is no address."""
    for person in ("guest-1", "guest-2"):
        office.rooms.add_person("example-corp", person, person, "", groups=["all"])
    office.ask("sync", "--mode", "full")
    for words in ("kari\n@example.com", "x" * 400, "guest_1", "%"):
        told = office.ask("forget", words, "--yes", "--json")
        assert told.code == USAGE, words
    assert office.ask("forget", "", "--yes").code == USAGE
