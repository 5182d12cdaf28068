"""`connector documents`: what is searchable and what is not, with folders, why there is no text, and what can be done."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connector.ledger.catalogue import Catalogue, Wanted
from connector.ledger.counts import Format
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.store import Ledger
from connector.status import searchable
from connector.status.document_facts import tell_document
from connector.status.quarantine import tell_quarantine
from connector.target import wire
from connector.text.reasons import Reason, say_why
from tests.builders import make_document
from tests.ledger_pushes import NOW, make_push, push
from tests.office import DONE, USAGE, Office

ROW = {"id", "title", "source", "kind", "folders", "link", "state", "words", "without_text", "held", "quarantine", "pushed_at"}  # fmt: skip


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    one = Ledger("sqlite://", now=NOW)
    yield one
    one.close()


@pytest.fixture
def catalogue(ledger: Ledger) -> Catalogue:
    documents = ledger.documents("intranet")
    push(
        documents,
        make_push("ix-a", title="Plan 100% [A].PDF", text_missing="encrypted"),
        make_push("ix-b", title="Sjekkliste_1.docx", text_key="b" * 64),
        make_push("ix-c", title="Rev. 01", text_missing="empty"),
        make_push("ix-d", title="tegning.pdf", text_key="d" * 64, room="r2"),
        make_push("ix-e", title="notat uten fil.pdf"),
        make_push("ix-f", title="=cmd.xls", text_missing="encrypted"),
    )
    documents.hold([("ix-d", "brake")], run=7)
    for identifier, title in (("ix-b", "Sjekkliste_1.docx"), ("ix-never", "Aldri sendt.pdf")):
        ledger.quarantine("intranet").park(
            identifier, source="interaxo", native=identifier.removeprefix("ix-"), room="r1", title=title, reason="refused",
            values={"why": "code 7"}, version=None, now=NOW,
        )  # fmt: skip
    return ledger.catalogue("intranet")


def test_why_a_document_is_in_quarantine_is_said_of_its_code_and_as_an_earlier_release_said_it(
    ledger: Ledger, catalogue: Catalogue
) -> None:
    def said() -> set[str]:
        listed = [one["message"] for one in tell_quarantine(ledger, "intranet")]
        explained = tell_document(ledger, "intranet", "ix-never")
        wanted = Wanted(words="ix-never")
        page = searchable.tell_documents(ledger, "intranet", wanted, page=1)["documents"]
        assert explained is not None
        return {
            *listed,
            explained["words"],
            explained["quarantine"]["message"],
            page[0]["quarantine"]["words"],
        }

    assert said() == {"Interact refuses it: code 7"}
    assert tell_quarantine(ledger, "intranet")[0]["values"] == {"why": "code 7"}
    database = ledger._database
    assert isinstance(database, Sqlite)
    with database.at_once():
        database.driver.execute("UPDATE quarantine SET message='Interact would not have it', told=''")
    assert said() == {"Interact would not have it"}


def ids(catalogue: Catalogue, **wanted: object) -> str:
    """Last letters of the ids that are found, in order, by page and by walk alike."""
    asked = msgspec.convert(wanted, Wanted)
    found = [row.id for row in catalogue.page(asked).rows]
    assert sorted(found) == sorted(row.id for row in catalogue.walk(asked))
    assert len(found) == catalogue.count(asked).documents
    return " ".join(sorted(one.removeprefix("ix-") for one in found))


def test_documents_are_narrowed_by_each_filter_alone_and_together(catalogue: Catalogue) -> None:
    assert ids(catalogue) == "a b c d e f never"
    assert ids(catalogue, state="without-text") == "a c f"
    assert ids(catalogue, state="without-text", reason="encrypted") == "a f"
    assert ids(catalogue, state="without-text", reason="encrypted", format="pdf") == "a"
    assert (
        ids(catalogue, state="held") == ids(catalogue, reason="brake") == ids(catalogue, room=["r2"]) == "d"
    )
    assert ids(catalogue, state="quarantined") == ids(catalogue, reason="refused") == "b never"
    assert ids(catalogue, state="live") == "a b c e f"
    assert ids(catalogue, state="new") == ids(catalogue, source="itr") == ids(catalogue, kind="none") == ""
    assert ids(catalogue, words="100% [a]") == ids(catalogue, words="IX-A") == "a"
    assert ids(catalogue, words="E_1") == ids(catalogue, words="kkL", state="live", kind="file") == "b"
    assert ids(catalogue, words="100_") == ids(catalogue, format="%") == ""
    assert ids(catalogue, format="pdf") == "a d e never"


def test_what_is_in_quarantine_is_listed_as_its_source_calls_it_now_and_walked_by_itself(
    ledger: Ledger, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    park = {
        "source": "interaxo",
        "room": "r1",
        "reason": "refused",
        "values": {},
        "version": None,
        "now": NOW,
    }
    ledger.quarantine("intranet").park("ix-c", native="c", title="Befaring.docx", **park)
    ledger.quarantine("intranet").park("ix-d", native="d", title="", **park)
    for words, expected in (
        ("befaring", "c"),
        ("rev. 01", ""),
        ("tegning", "d"),
        ("ix-c", "c"),
    ):
        assert ids(catalogue, state="quarantined", words=words) == expected, words
    assert ids(catalogue, state="quarantined", format="docx") == "b c"
    assert ids(catalogue, words="rev. 01") == "c", "in the intranet it is called so"
    asked: list[str] = []
    original = Sqlite.all

    def hear(self: Sqlite, name: str, *rest: object) -> object:
        asked.append(name)
        return original(self, name, *rest)

    monkeypatch.setattr(Sqlite, "all", hear)
    assert len(list(catalogue.walk(Wanted(state="quarantined")))) == 4
    assert set(asked) == {"catalogue.parked"}, "not every document is looked at for it"


def test_files_are_counted_by_format_and_by_whether_they_have_text(
    ledger: Ledger, catalogue: Catalogue
) -> None:
    assert ledger.counts("intranet").tally().formats == [
        Format(format="pdf", with_text=1, without_text=1),
        Format(format="docx", with_text=1, without_text=0),
        Format(format="xls", with_text=0, without_text=1),
        Format(format="other", with_text=0, without_text=1),
    ]
    assert list(catalogue.count(Wanted()).reasons) == ["encrypted", "empty"]
    assert catalogue.reasons_in(["r1"]) == {"encrypted": 2, "empty": 1}


def test_the_rarer_formats_are_summed_up() -> None:
    many = [Format(format=f"x{n}", with_text=1, without_text=n) for n in range(searchable.MOST_FORMATS + 2)]
    told = searchable.tell_formats(many)
    assert len(told) == searchable.MOST_FORMATS + 1
    last = 2 * searchable.MOST_FORMATS + 1
    assert told[-1] == {"format": "other", "with_text": 2, "without_text": last}


def test_every_reason_has_words_and_something_that_can_be_done() -> None:
    for code in [*(reason.value for reason in Reason), "refused"]:
        words, remedy = say_why(code)
        assert words.endswith("."), code
        assert remedy.endswith("."), code
    assert say_why("of-a-newer-release") == ("of-a-newer-release", "")


def test_no_facet_and_nothing_else_that_is_sent_says_whether_a_document_has_text() -> None:
    """It is filtered on our own pages: people search for what is there, not for what our readers can do."""

    def sent(**text: str) -> str:
        rendered = wire.render(make_document(**text), deletion_mode="Session", encoding="text")
        return rendered.body.decode()

    assert sent(text_missing="encrypted") == sent(text="words", text_key="a" * 64) == sent()


# -- the verb -------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    one = Office(tmp_path)
    with one.server as urls:
        one.write_settings(urls)
        one.do(lambda: one.rooms.rename(one.small.section, "=section\x1b[2J; “A”.txt"))
        assert one.ask("backfill", CONNECTOR_SOURCES__INTERAXO__CONTENT="true").code == DONE
        yield one
        one.end()


def test_what_is_searchable_is_told_with_folders_in_codes_and_words(office: Office) -> None:
    told = office.ask("documents", "--json")
    assert told.code == DONE
    assert told.json["count"] == len(office.intranet.documents) == len(told.json["documents"])
    assert all(set(row) == ROW for row in told.json["documents"])

    lacking = office.ask("documents", "--state", "without-text", "--json").json
    (plan,) = [row for row in lacking["documents"] if row["title"] == "plan.pdf"]
    assert plan["folders"] == ["Example Corp", "Infrastructure", "The Bridge", "Drawings"]
    assert plan["without_text"] == {
        "code": "broken",
        "words": Reason.BROKEN.sentence,
        "what_helps": Reason.BROKEN.remedy,
    }
    assert {reason["code"]: reason["count"] for reason in lacking["without_text"]} == {
        "broken": 1,
        "no-text-format": 1,
    }
    one = office.ask("documents", "--reason", "broken", "--json").json
    assert [row["title"] for row in one["documents"]] == ["plan.pdf"]
    why = office.ask("explain", plan["id"], "--json").json
    assert (why["without_text"], why["text_missing"]) == ("broken", plan["without_text"])
    status = office.ask("status", "--json").json["targets"]["intranet"]["texts"]
    assert {one["format"] for one in status["formats"]} == {"pdf", "txt", "jpg"}
    assert {one["code"] for one in status["reasons"]} == set(status["without"])


def test_a_room_is_named_as_people_and_programs_name_it(office: Office) -> None:
    everything = office.ask("documents", "--json").json["count"]
    room = office.ask("documents", "--room", "example-corp/bridge", "--json").json
    assert 0 < room["count"] < everything
    for name in (*room["asked"]["rooms"], f"ix-{room['asked']['rooms'][0]}".lower(), "Example-Corp/BRIDGE"):
        assert office.ask("documents", "--room", name, "--json").json["documents"] == room["documents"]
    nowhere = office.ask("documents", "--room", "example-corp/none", "--json")
    assert (nowhere.code, nowhere.json["error"]["key"]) == (USAGE, "--room")


def test_what_cannot_be_asked_for_is_told_with_what_can(office: Office) -> None:
    for option, expected in (("--state", "without-text"), ("--reason", "encrypted")):
        told = office.ask("documents", option, "lost", "--json")
        assert (told.code, told.json["error"]["key"]) == (USAGE, option)
        assert expected in told.json["error"]["message"]
    for reason in ("brake", "audience-unknown", "refused", "not-found"):
        assert office.ask("documents", "--reason", reason).code == DONE
    assert office.ask("documents", "--csv", "--json").code == USAGE
    assert office.ask("documents", "--csv", "--page", "2").code == USAGE
    assert office.ask("documents", "--csv", "--from", "x").code == USAGE
    assert office.ask("documents", "--source", "itr").code == USAGE
    assert "No document matches" in office.ask("documents", "quokka").out


def test_a_spreadsheet_gets_every_document_and_obeys_none(office: Office) -> None:
    told = office.ask("documents", "--csv")
    assert told.code == DONE
    assert told.out.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(told.out.removeprefix("\ufeff"), newline="")))
    assert len(rows) == len(office.intranet.documents)
    by_title = {row["title"]: row for row in rows}
    assert by_title["plan.pdf"]["folders"] == "Example Corp > Infrastructure > The Bridge > Drawings"
    assert by_title["plan.pdf"]["what helps"] == Reason.BROKEN.remedy
    assert "'=section[2J; “A”.txt" in by_title
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_pages_follow_each_other_and_the_last_says_no_more(office: Office) -> None:
    (folder,) = [row["id"] for row in office.ask("documents", "Drawings", "--json").json["documents"]]
    assert folder
    for n in range(60):
        office.do(lambda n=n: office.rooms.add_file(office.small.drawings, f"n{n:02}.txt", content=b"x"))
    assert office.ask("sync").code == DONE
    first = office.ask("documents", "--format", "txt", "--json").json
    second = office.ask("documents", "--format", "txt", "--page", "2", "--json").json
    assert (len(first["documents"]), first["more"]) == (50, True)
    assert (first["count"], second["more"]) == (len(first["documents"]) + len(second["documents"]), False)
    assert not {row["id"] for row in first["documents"]} & {row["id"] for row in second["documents"]}
    assert "--page 2" in office.ask("documents", "--format", "txt").out
    whole = office.ask("documents", "--format", "txt", "--from", first["next"], "--json").json
    assert (whole["documents"], whole["page"], whole["next"]) == (second["documents"], None, "")


def test_pages_far_back_are_found_by_where_the_one_before_ended(office: Office) -> None:
    far = office.ask("documents", "--page", "201", "--json")
    assert far.code == USAGE
    assert "--from" in far.json["error"]["message"]
    assert office.ask("documents", "--page", "200", "--json").code == DONE
    both = office.ask("documents", "--page", "200", "--from", "[9,1]", "--json")
    assert (both.code, both.json["error"]["key"]) == (USAGE, "--from")
    assert "cannot be combined with --page" in both.json["error"]["message"]
    for odd in ("x", "[9,1]", "[]"):
        refused = office.ask("documents", "--from", odd, "--json")
        assert (refused.code, refused.json["error"]["key"]) == (USAGE, "--from")


def test_the_list_fits_into_80_columns_in_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = office.ask("documents", "--state", "without-text").out
    assert max(map(len, told.splitlines())) <= 80
    assert Reason.BROKEN.sentence in " ".join(told.split())
    assert Reason.BROKEN.remedy in " ".join(told.split())
    assert "Example Corp > Infrastructure > The Bridge > Drawings" in told
    assert json.dumps(told)
