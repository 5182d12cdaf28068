"""`connector audience report`: for the terminal, a spreadsheet, a printer and programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from connector.commands.csv_lines import line_of
from tests.office import DONE, USAGE, Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    one = Office(tmp_path_factory.mktemp("audience"))
    with one.server as urls:
        one.write_settings(urls)
        assert one.ask("backfill", "--json").code == DONE
        yield one


def test_the_report_needs_no_secret_and_calls_nobody(office: Office) -> None:
    office.do(office.wire.clear)
    kept, office.secrets = office.secrets, {}
    told = office.ask("audience", "report", "--json", "--since", "2026-01-01")
    office.secrets = kept
    assert told.code == DONE
    assert told.json["documents"] == len(office.intranet.documents)
    assert told.json["persons"][0]["address"] == "kari@example.com"
    assert told.json["changes"]["runs"] == []
    assert office.wire.calls == []


def test_the_screen_fits_into_80_columns(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = office.ask("audience", "report", "--since", "2026-01-01", "--more-than", "0")
    assert told.code == DONE
    assert "more than 0 people find" in told.out
    assert max(map(len, told.out.splitlines())) <= 80


def test_the_table_has_the_same_columns_in_every_line(office: Office) -> None:
    told = office.ask("audience", "report", "--csv", "--since", "2026-01-01")
    rows = list(csv.reader(io.StringIO(told.out.lstrip("\ufeff"))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert {row[0] for row in rows[1:]} == {"room", "group", "person", "shared"}
    assert [row[4] for row in rows if row[0] == "person"] == [
        str(len(office.intranet.visible_to("kari@example.com")))
    ]


def test_the_page_is_printed_whole(office: Office) -> None:
    told = office.ask("audience", "report", "--html")
    assert told.out.startswith("<!DOCTYPE html>")
    assert told.out.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    "asked", [["--since", "yesterday"], ["--csv", "--html"], ["--csv", "--json"]], ids=" ".join
)
def test_what_makes_no_sense_is_told(office: Office, asked: list[str]) -> None:
    assert office.ask("audience", "report", *asked).code == USAGE


def test_a_cell_is_never_a_formula() -> None:
    assert line_of(["=1+1", "+x", "-y", "@z", "plain", -3]) == "'=1+1,'+x,'-y,'@z,plain,-3\r\n"
