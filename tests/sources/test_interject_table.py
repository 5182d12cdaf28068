"""Exports as people's programs write them: any separator, encoding and quoting gives the same library; a cut one is told."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from connector.sources.interject.catalogue import compose
from connector.sources.interject.entries import entries_of, moment
from connector.sources.interject.forms import APP_EXPORT, EXPORTS, REPORT_LIST
from connector.sources.interject.model import Library
from connector.sources.interject.table import Damage, Table, plain
from tests.combinations import pairs
from tests.sources.interject_library import (
    APP_COLUMNS,
    LIST_COLUMNS,
    Link,
    app_export,
    report_list,
    some,
    table,
)


def read(data: bytes, codec: str = "") -> tuple[Table, Library]:
    told = Table(io.BytesIO(data), EXPORTS, codec=codec)
    rows = list(told.rows())
    return told, compose(entries_of(told.form, rows) if told.form else [])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


WRITTEN = st.text(
    st.characters(codec="cp1252", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
).map(str.strip)
NAMES = WRITTEN.filter(lambda text: text != "" and not set(text) & set("\\/>"))
DESCRIPTIONS = st.lists(WRITTEN, max_size=3).map("\n".join)
LINKS = st.lists(
    st.builds(
        lambda number, name, above, description: Link(
            id=f"pt1:{number}", name=name, path="\\".join(above), description=description
        ),
        st.integers(1, 9_999),
        NAMES,
        st.lists(NAMES, min_size=1, max_size=3),
        DESCRIPTIONS,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.id,
)
FORMS = {
    "separator": st.sampled_from([",", ";", "\t", "|"]),
    "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    "ending": st.sampled_from(["\r\n", "\n"]),
    "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    "last_ending": st.booleans(),
}


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(links=LINKS, make=st.sampled_from([report_list, app_export]), form=st.fixed_dictionaries(FORMS))
@settings(max_examples=150, deadline=None)
def test_separator_encoding_and_quoting_change_nothing(links, make, form) -> None:  # type: ignore[no-untyped-def]
    whole, expected = read(make(links))
    hint = "cp1252" if form["encoding"] == "cp1252" else ""
    data = make(links, **form)
    # such as "Â¡": whatever is valid as UTF-8 is read as that
    assume(not hint or data.isascii() or not is_utf8(data))
    told, found = read(data, hint)
    assert (told.damage, whole.damage) == (None, None)
    assert found == expected
    assert len(found.reports) == len(links)


@pytest.mark.parametrize(
    ("make", "encoding", "quoting"),
    pairs([report_list, app_export], ["utf-8", "utf-16", "cp1252"], [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_file_cut_at_any_byte_is_told_or_ends_behind_a_whole_row(make, encoding, quoting) -> None:  # type: ignore[no-untyped-def]
    links = [*some(4), Link(name="Lønn, brutto", id="pt1:9", description='To linjer\n"sitert", åpent')]
    data = make(links, encoding=encoding, quoting=quoting)
    _, whole = read(data)
    for cut in range(len(data)):
        told, found = read(data[:cut], "cp1252" if encoding == "cp1252" else "")
        if told.damage is None and told.ended:
            # nothing in the file tells: it is as if the reports behind were removed, and that takes a second export
            assert found.reports.items() <= whole.reports.items(), cut
            assert data[:cut].decode(encoding).endswith(("\n", "\r")), cut


def test_a_file_that_is_cut_within_its_header_has_none() -> None:
    data = report_list(some(1))
    header = data.index(b"\r\n")
    for cut in range(header + 2):
        assert read(data[:cut])[0].damage in {Damage.NO_HEADER, Damage.EMPTY}


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("ID,Report Path,Report Name,Description", REPORT_LIST),
        (" id ; REPORT PATH;ReportName ;description", REPORT_LIST),
        ("Description\tReport_Name\tReport-Path\tID\tAdded later", REPORT_LIST),
        (",".join(APP_COLUMNS), APP_EXPORT),
        (",".join(APP_COLUMNS).replace("ParentCategoryID", "Parent CategoryID"), APP_EXPORT),
        ("sep=;\r\n" + ";".join(APP_COLUMNS), APP_EXPORT),
        ("\ufeff\r\n\r\n" + ",".join(LIST_COLUMNS), REPORT_LIST),
    ],
)
def test_the_header_tells_which_export_it_is(header: str, form: object) -> None:
    separator = next(one for one in ";\t," if one in header.rpartition("\n")[2])
    columns = len(header.rpartition("\n")[2].split(separator))
    told = Table(io.BytesIO((header + "\r\n" + separator.join(["x"] * columns)).encode()), EXPORTS)
    assert [row.line for row in told.rows()]
    assert told.form is form


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", b"\x00\x01\x02", b"PK\x03\x04 a workbook", b"a,b\r\n1,2\r\n", b"\r\n" * 9]
)
def test_other_files_have_no_header(data: bytes) -> None:
    assert read(data)[0].damage is Damage.NO_HEADER


def test_a_header_alone_is_empty() -> None:
    assert read(report_list([]))[0].damage is Damage.EMPTY


def test_a_row_with_too_few_columns_is_a_cut() -> None:
    told, found = read(report_list(some(2)) + b"pt1:9,Finance\r\n" + b"pt1:10,Finance,Ten,\r\n")
    assert (told.damage, told.damage_line) == (Damage.FEW_COLUMNS, 4)
    assert "link/pt1:10" in found.reports


def test_an_open_quote_is_a_cut() -> None:
    told, _ = read(report_list(some(2)) + b'pt1:9,Finance,Nine,"half')
    assert told.damage is Damage.OPEN_QUOTE


def test_a_row_with_more_columns_costs_itself_only() -> None:
    told, found = read(report_list(some(2)) + b"pt1:9,Finance,Nine,one,two\r\n")
    assert told.damage is None
    assert "5 columns" in found.reports["link/pt1:9"].problem
    assert not found.reports["link/pt1:1"].problem
    assert not found.nameless


def test_an_odd_row_that_may_be_any_report_is_told_as_such() -> None:
    _, found = read(report_list(some(2)) + b"0,Finance,Nine,one,two\r\n")
    assert "5 columns" in found.nameless
    assert len(found.reports) == 2
    _, found = read(report_list(some(2)) + b"0,Finance,,without a name\r\n")
    assert "neither" in found.nameless


def test_rows_without_anything_in_them_are_passed_over() -> None:
    told, found = read(report_list(some(2)) + b",,,\r\n\r\n   ,,,\r\n")
    assert told.damage is None
    assert len(found.reports) == 2


def test_a_letter_of_another_encoding_costs_its_row_only_where_it_stands_in_a_name() -> None:
    good = report_list([*some(30), Link(name="Lønn", id="pt1:77")])
    _, found = read(good + b"pt1:108,Finance,L\xf8nn,x\r\n" + b"pt1:109,Finance,Nine,l\xf8nn\r\n")
    assert not found.reports["link/pt1:77"].problem
    assert "letter" in found.reports["link/pt1:108"].problem
    assert not found.reports["link/pt1:109"].problem


def test_rows_of_one_link_are_one_report_with_all_its_data_portals() -> None:
    rows = app_export([Link(name="P&L", portals=("B", "A", "B")), Link(name="p&l ", portals=("C",))])
    (report,) = read(rows)[1].reports.values()
    assert report.portals == ("A", "B", "C")
    assert report.native == "path/finance/monthly/p&l"


def test_of_several_versions_the_highest_counts_and_the_live_one_before_it() -> None:
    links = [Link(name="P&L", version=one) for one in ("1.0.9", "1.0.10", "1.0.2")]
    (report,) = read(app_export(links))[1].reports.values()
    assert report.version.number == "1.0.10"
    rows = [
        ["Finance", "P&L", "2.0.0", "In Development"],
        ["Finance", "P&L", "1.0.0", "Live"],
        ["Finance", "New", "1", "In Testing"],
    ]
    _, found = read(table(("FullPath", "LinkName", "VersionNumber", "Status"), rows))
    assert found.reports["path/finance/p&l"].version.number == "1.0.0"
    assert found.reports["path/finance/p&l"].live
    assert not found.reports["path/finance/new"].live


def test_a_list_and_an_app_export_of_one_report_are_one_report() -> None:
    both = []
    for data in (report_list([Link(name="P&L", id="pt1:479")]), app_export([Link(name="p&l", id="0")])):
        told = Table(io.BytesIO(data), EXPORTS)
        rows = list(told.rows())
        assert told.form
        both += entries_of(told.form, rows)
    for entries in (both, both[::-1]):
        (report,) = compose(entries).reports.values()
        assert report.native == "link/pt1:479"
        assert report.portals == ("SalesPortal",)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("Finance\\Monthly", ("Finance", "Monthly")),
        ("\\Finance\\\\Monthly\\", ("Finance", "Monthly")),
        ("Finance/Monthly", ("Finance", "Monthly")),
        ("Finance > Monthly", ("Finance", "Monthly")),
        ("Report Library\\Finance", ("Finance",)),
        ("", ()),
    ],
)
def test_paths_are_parted_as_the_file_parts_them(path: str, place: tuple[str, ...]) -> None:
    (report,) = read(table(LIST_COLUMNS, [("pt1:1", path, "P&L", "")]))[1].reports.values()
    assert report.place == place


def test_a_separator_in_a_folders_own_name_parts_nothing_where_the_export_tells_the_name() -> None:
    rows = [("Finance/P/L", "P/L", "Totals"), ("Finance", "Finance", "Cash")]
    _, found = read(table(("FullPath", "CategoryName", "LinkName"), rows))
    assert {one.place for one in found.reports.values()} == {("Finance", "P/L"), ("Finance",)}


PARTED = [("pt1:1", "Finance > Monthly", "P&L"), ("pt1:2", "Finance > Monthly > Old", "Cash")]
ROOTED = [(key, f"Report Library > {path}", name) for key, path, name in PARTED]
TOP = [("pt1:1", "Report Library > Finance", "P&L"), ("pt1:2", "Report Library > Sales", "Cash")]
NAMED = [(key, f"{path.replace(' > ', '/')}/{name}", name) for key, path, name in PARTED]


@pytest.mark.parametrize(
    ("rows", "odd"),
    [
        (PARTED, ("pt1:9", "Sales\\Marketing", "Plan")),
        (ROOTED, ("pt1:9", "Report Library > Sales\\Marketing", "Plan")),
        (TOP, ("pt1:9", "Report Library > Sales\\Marketing", "Plan")),
        (NAMED, ("pt1:9", "Sales/AR/AP Aging", "AR/AP Aging")),
        (NAMED, ("pt1:9", "Sales/Plan > Actual", "Plan > Actual")),
        (NAMED, ("pt1:9", "Sales/Lost", "")),
        (NAMED, ("pt1:9", "Sales/Lost", "Other", "", "one more")),
        ([(f"pt1:{n}", f"Sales/R{n}", f"R{n}") for n in range(20)], ("pt1:99", "Sales/Lost", "Other")),
    ],
)
def test_one_odd_path_or_name_of_a_list_parts_no_other_path(
    rows: list[tuple[str, ...]], odd: tuple[str, ...]
) -> None:
    alone, beside = (
        read(table(LIST_COLUMNS, [(*row, "") if len(row) < 4 else row for row in all_rows]))[1].reports
        for all_rows in (rows, [*rows, odd])
    )
    assert {key: beside[key].place for key in alone} == {key: one.place for key, one in alone.items()}
    assert not any(one.name in one.place for one in beside.values())


def test_one_odd_path_of_an_app_export_parts_no_other_path() -> None:
    rows = [("Finance/Monthly", "Monthly", "P&L"), ("Finance", "Finance", "Cash"), ("A\\B", "Other", "Plan")]
    _, found = read(table(("FullPath", "CategoryName", "LinkName"), rows))
    assert {one.place for one in found.reports.values()} == {("Finance", "Monthly"), ("Finance",), ("A\\B",)}


def test_a_report_whose_name_holds_a_separator_stands_in_its_folder() -> None:
    reports = read(table(LIST_COLUMNS, [(*row, "") for row in [*NAMED, ("pt1:9", "Sales/AR/AP", "AR/AP")]]))[
        1
    ].reports
    assert reports["link/pt1:9"].place == ("Sales",)


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("4/26/2024 12:09", False, utc(2024, 4, 26, 12, 9)),
        ("26/4/2024 12:09", False, utc(2024, 4, 26, 12, 9)),
        ("4/5/2024", False, utc(2024, 4, 5)),
        ("4/5/2024", True, utc(2024, 5, 4)),
        ("26.04.2024 12:09:07", False, utc(2024, 4, 26, 12, 9, 7)),
        ("2024-04-26T12:09:07.123Z", False, utc(2024, 4, 26, 12, 9, 7)),
        ("4/26/2024 1:09 PM", False, utc(2024, 4, 26, 13, 9)),
        ("4/26/24 12:09 AM", False, utc(2024, 4, 26, 0, 9)),
        ("13/13/2024", False, None),
        ("0/0/0000", False, None),
        ("yesterday", False, None),
        ("", False, None),
    ],
)
def test_dates_are_read_in_any_order_that_is_possible(
    text: str, day_first: bool, expected: datetime | None
) -> None:
    assert moment(text, day_first=day_first) == expected


def test_dates_of_one_file_are_in_one_order() -> None:
    links = [Link(name="A", updated="3/4/2024"), Link(name="B", updated="25/4/2024")]
    found = read(app_export(links))[1].reports
    assert found["path/finance/monthly/a"].version.updated == utc(2024, 4, 3)


@pytest.mark.parametrize(
    ("file", "description", "address"),
    [
        ("https://wiki.example.com/pl", "", "https://wiki.example.com/pl"),
        ("report.xlsm", "See https://wiki.example.com/a?b=1.", "https://wiki.example.com/a?b=1"),
        ("report.xlsm", "nothing", ""),
        ("javascript:alert(1)", "ftp://x.example.com", ""),
        ("https://kari:secret@wiki.example.com/", "", ""),
        ("https://[broken/", "", ""),
    ],
)
def test_a_web_address_of_a_row_is_where_its_link_leads(file: str, description: str, address: str) -> None:
    (report,) = read(app_export([Link(name="A", file=file, description=description)]))[1].reports.values()
    assert report.address == address


@given(st.binary(max_size=400))
@example(b"\xfe\xff")
@settings(max_examples=200, deadline=None)
def test_no_bytes_are_a_bug(data: bytes) -> None:
    read(data)
    read(",".join(LIST_COLUMNS).encode() + b"\r\n" + data)
    read(",".join(APP_COLUMNS).encode() + b"\r\n" + data)


def test_the_form_of_a_columns_name_is_its_letters() -> None:
    assert plain(" Report_Path\ufeff ") == "reportpath"


def test_five_thousand_reports_take_little_room() -> None:
    links = [
        Link(name=f"Report {n}", id=f"pt1:{n}", path=f"Area {n % 40}\\Unit {n % 400}", description="å" * 90)
        for n in range(5_000)
    ]
    data = report_list(links, separator=";", encoding="cp1252")
    tracemalloc.start()
    try:
        told, found = read(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (told.codec, len(found.reports), len(found.folders)) == ("cp1252", 5_000, 440)
    assert peak < 25_000_000


@pytest.mark.parametrize("length", [131_073, 300_000])
def test_a_long_cell_costs_nothing_wherever_it_stands(length: int) -> None:
    long = "x" * length
    told, found = read(report_list([Link(name="Cash", id="pt1:1", description=long), *some(2)[1:]]))
    assert told.damage is None
    assert found.reports["link/pt1:1"].description == long
    told, found = read(table([*LIST_COLUMNS, long], [["pt1:1", "Finance", "Cash", "Totals", "x"]]))
    assert (told.damage, set(found.reports)) == (None, {"link/pt1:1"})


@pytest.mark.parametrize("behind", ["", "Z", "PM", ".1"])
def test_blanks_behind_a_date_are_looked_at_once(behind: str) -> None:
    assert moment(f"4/26/2024 12:09{behind}" + "\n" * 100_000 + "!") is None
    assert moment("4/26/2024 12:09" + "\n" * 100_000) == utc(2024, 4, 26, 12, 9)


@pytest.mark.parametrize("spoken", ["sep=\r\n", 'sep="\r\n', "sep= \r\n", "sep=\0\r\n", "sep=\r"])
def test_a_separator_that_is_none_is_no_header(spoken: str) -> None:
    assert read(spoken.encode() + report_list(some(2)))[0].damage in {None, Damage.NO_HEADER}
