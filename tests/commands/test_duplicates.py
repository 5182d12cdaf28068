"""`connector documents --duplicates`: files whose bytes stand in several places."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.errors import NoSuchPage
from connector.ledger.duplicates import PAGE, Duplicates
from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.status.duplicates import KEPT_PAGES, kept_duplicates, tell_duplicates
from tests.ledger_pushes import NOW, make_push, push
from tests.office import DONE, USAGE, Office


def told(ledger: Ledger, source: str = "", rooms: tuple[str, ...] = ()) -> list[list[str]]:
    """Last letters of the ids, file by file; page and walk alike."""
    duplicates = ledger.duplicates("intranet")
    found, more = duplicates.page(source, rooms)
    assert not more
    assert list(duplicates.walk(source, rooms)) == found
    assert duplicates.totals(source, rooms) == (len(found), sum(len(one.places) for one in found))
    return [[place.id[3:] for place in one.places] for one in found]


def test_the_same_bytes_are_told_with_all_their_places_the_most_first() -> None:
    ledger = Ledger("sqlite://", now=NOW)
    documents = ledger.documents("intranet")
    push(
        documents,
        make_push("ix-a", text_key="one"),
        make_push("ix-b", text_key="two"),
        make_push("ix-c", text_key="two", room="r2"),
        make_push("ix-d", text_key="two", source="another"),
        make_push("ix-e", text_key="three"),
        make_push("ix-f", text_key="three"),
        make_push("ix-g"),
        make_push("ix-h"),
    )
    push(ledger.documents("elsewhere"), make_push("ix-a", text_key="one"))
    assert told(ledger) == [["b", "c", "d"], ["e", "f"]]
    assert told(ledger, source="another") == []
    assert told(ledger, rooms=("r1",)) == [["e", "f"], ["b", "d"]]
    push(documents, make_push("ix-e", text_key="four"))
    assert told(ledger) == [["b", "c", "d"]]
    ledger.close()


def test_many_are_told_in_pages() -> None:
    ledger = Ledger("sqlite://", now=NOW)
    push(
        ledger.documents("intranet"),
        *(make_push(f"ix-{number}", text_key=str(number // 2)) for number in range(2 * PAGE + 6)),
    )
    duplicates = ledger.duplicates("intranet")
    first, more = duplicates.page("", ())
    rest, no_more = duplicates.page("", (), page=2)
    assert (len(first), len(rest), no_more) == (PAGE, 3, "")
    assert duplicates.page("", (), after=more) == (rest, "")
    with pytest.raises(NoSuchPage):
        duplicates.page("", (), after="no place")
    assert list(duplicates.walk("", ())) == first + rest
    ledger.close()


def test_those_in_as_many_places_are_each_on_one_page() -> None:
    ledger = Ledger("sqlite://", now=NOW)
    push(
        ledger.documents("intranet"),
        *(make_push(f"ix-a{number:03}", text_key=f"k{number % 50:02}") for number in range(130)),
    )
    duplicates = ledger.duplicates("intranet")
    found, after = duplicates.page("", ())
    while after:
        more, after = duplicates.page("", (), after=after)
        found += more
    assert [one.content for one in found] == [f"k{number:02}" for number in range(50)]
    assert sorted({len(one.places) for one in found}) == [2, 3]
    ledger.close()


def test_how_many_there_are_is_counted_once_after_a_run_that_changed_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[str] = []
    totals = Duplicates.totals
    monkeypatch.setattr(
        Duplicates,
        "totals",
        lambda self, source, rooms: counted.append(source) or totals(self, source, rooms),
    )
    ledger = Ledger("sqlite://", now=NOW)

    def files(source: str = "") -> int:
        told = tell_duplicates(ledger, "intranet", source, (), page=1, now=NOW)
        return int(told["files"])

    def run(**documents: int) -> None:
        one = ledger.runs("intranet").start(mode="delta", dry_run=False, now=NOW)
        report = json.dumps({"documents": documents})
        ledger.runs("intranet").finish(one.number, outcome="succeeded", report=report, now=NOW)

    assert kept_duplicates(ledger, "intranet") is None
    push(ledger.documents("intranet"), *(make_push(f"ix-{n}", text_key="one") for n in range(2)))
    run(added=2)
    assert (files(), files(), counted) == (1, 1, [""])
    assert kept_duplicates(ledger, "intranet") == {"files": 1, "documents": 2, "at": stamp(NOW)}
    run()
    assert (files(), counted) == (1, [""])
    push(ledger.documents("intranet"), *(make_push(f"ix-b{n}", text_key="two") for n in range(2)))
    run(added=2)
    assert (files(), counted) == (2, ["", ""])
    assert (files("another"), counted) == (0, ["", "", "another"])
    ledger.close()


def test_the_first_pages_are_read_from_what_is_kept_as_far_as_it_is_there_still() -> None:
    ledger = Ledger("sqlite://", now=NOW)
    documents = ledger.documents("intranet")
    many = (KEPT_PAGES + 1) * PAGE
    push(documents, *(make_push(f"ix-{n:04}", text_key=f"{n // 2:04}") for n in range(2 * many)))

    def told(page: int) -> dict[str, Any]:
        return tell_duplicates(ledger, "intranet", "", (), page=page, now=NOW)

    by_scan = [
        [one.content for one in ledger.duplicates("intranet").page("", (), page=n + 1)[0]] for n in range(11)
    ]
    assert [[one["content"] for one in told(n + 1)["duplicates"]] for n in range(11)] == by_scan
    assert [told(n + 1)["more"] for n in range(11)] == [True] * 10 + [False]
    documents.intend_deletions(["ix-0000"], run=1, now=NOW)
    documents.confirm_deletions(["ix-0000"], run=1, now=NOW, settle_s=0.0, approved=False, why={})
    assert [one["content"] for one in told(1)["duplicates"]] == by_scan[0][1:]
    ledger.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    one = Office(tmp_path)
    with one.server as urls:
        one.write_settings(urls)
        one.do(lambda: one.rooms.add_file(one.small.tunnel, "again.txt", content=b"a section"))
        assert one.ask("backfill", CONNECTOR_SOURCES__INTERAXO__CONTENT="true").code == DONE
        yield one
        one.end()


def test_files_in_several_places_are_listed_by_the_verb(office: Office) -> None:
    found = office.ask("documents", "--duplicates", "--json").json
    assert (found["files"], found["documents"], found["more"]) == (1, 2, False)
    (one,) = found["duplicates"]
    assert {place["title"] for place in one["places"]} == {"section.txt", "again.txt"}
    assert all(place["folders"] and place["link"] for place in one["places"])
    screen = office.ask("documents", "--duplicates").out
    assert "the same file in 2 places" in screen
    rows = list(
        csv.DictReader(io.StringIO(office.ask("documents", "--duplicates", "--csv").out.lstrip("\ufeff")))
    )
    assert [row["content"] for row in rows] == [one["content"]] * 2
    assert (
        office.ask("documents", "--duplicates", "--room", "example-corp/tunnel", "--json").json["files"] == 0
    )
    assert (
        "No file stands in several places"
        in office.ask(
            "documents", "--duplicates", "--source", "interaxo", "--room", "example-corp/tunnel"
        ).out
    )
    refused = office.ask("documents", "plan", "--duplicates")
    assert refused.code == USAGE
    assert "--duplicates" in refused.err
