"""What people find of ITR's records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from connector.document.audience import Audience
from connector.document.document import Document
from connector.errors import SettingsError
from connector.sources.itr.kinds import CLIENT, KINDS, MASTER
from connector.sources.itr.links import link_to
from connector.sources.itr.mapping import Entry, RecordMapping, Rules, check_rules
from connector.sources.itr.parts import Detail, Related
from connector.sources.itr.wire import ROWS, Record, SessionTest
from connector.sources.itr.words import languages_in

KEY = "0b2b735c-6aca-56a9-97bb-424cce4270e7"
OTHER = "88b5dcea-01fc-541f-82f9-5cf48f2c922c"
OFFICE = Audience(("itr:group:c/office",))
WEB = "https://itr.example.com"


def make_rules(**values: Any) -> Rules:
    given: dict[str, Any] = {
        "source": "itr",
        "prefix": "itr",
        "web_url": WEB,
        "records": tuple(KINDS),
        "person_names": False,
        "fields": {},
        "archived": True,
        "overrides": {},
        **values,
    }
    return Rules(**given)


def make_entry(
    kind: str = "sessions", database: str = CLIENT, related: Related | None = None, **row: Any
) -> Entry:
    return Entry(
        kind=kind,
        database=database,
        record=Record(msgspec.convert({"ID": KEY, "Active": True, **row}, ROWS[kind])),
        related=related or Related(),
        company="Example Assessments",
        audience=OFFICE,
    )


def document_of(entry: Entry, detail: Detail | None = None, **rules: Any) -> Document:
    return RecordMapping(make_rules(**rules)).document(entry, detail or Detail())


def facets_of(document: Document) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for facet in document.facets:
        found.setdefault(facet.name, []).append(facet.value)
    return found


INTAKE: dict[str, Any] = {
    "Description": "Intake assessment",
    "Goal": "Selection",
    "StartedAt": "2026-03-12T09:00:00+01:00",
    "CreateDate": "2026-03-01T09:00:00+01:00",
    "EndedAt": "2000-01-31T23:00:00+00:00",
    "AllowedEndDateTime": "2100-01-01T08:00:00+00:00",
    "Status": 20,
}


def test_a_session_is_called_by_purpose_person_and_day_where_names_may_stand() -> None:
    entry = make_entry(related=Related(person="Ángela Núñez"), **INTAKE)
    assert document_of(entry, person_names=True).title == "Intake assessment, Ángela Núñez, 12 March 2026"


def test_a_session_is_called_by_description_goal_and_day_where_no_names_may_stand() -> None:
    document = document_of(make_entry(related=Related(person="Ángela Núñez"), **INTAKE))
    assert document.title == "Intake assessment – Selection, 12 March 2026"
    assert "Núñez" not in str(msgspec.to_builtins(document))


def test_a_name_that_the_description_holds_is_not_said_twice() -> None:
    entry = make_entry(related=Related(person="Zoë Müller"), Description="Scan Zoë Müller", StartedAt="")
    assert document_of(entry, person_names=True).title == "Scan Zoë Müller"


def test_a_session_without_any_words_is_called_by_its_type_and_day() -> None:
    assert (
        document_of(make_entry(SessionType=3, CreateDate="2026-03-01T09:00:00+00:00")).title
        == "Pen and paper, 1 March 2026"
    )


def test_facets_of_a_session_are_typed_and_in_words() -> None:
    tests = (SessionTest(id=UUID(OTHER), test_language="nl"),)
    entry = make_entry(
        related=Related(group="Spring", parent="Trainees", batteries=("Capacities",)), **INTAKE
    )
    facets = facets_of(document_of(entry, Detail(session_tests=tests, tests=("Numbers",))))
    assert facets == {
        "Company": ["Example Assessments"],
        "Kind": ["Session"],
        "State": ["Active"],
        "Session type": ["Person session"],
        "Status": ["In progress"],
        "Language": ["Dutch"],
        "Created": [datetime(2026, 3, 1, 8, tzinfo=UTC)],
        "Started": [datetime(2026, 3, 12, 8, tzinfo=UTC)],
        "Number of tests": [1],
        "Group": ["Spring", "Trainees"],
        "Battery": ["Capacities"],
        "Test": ["Numbers"],
    }


def test_crumbs_lead_from_the_company_to_the_kind() -> None:
    crumbs = document_of(make_entry()).crumbs
    assert [crumb.label for crumb in crumbs] == ["Example Assessments", "Sessions"]
    assert crumbs[0].url == f"{WEB}/default.htm"


@pytest.mark.parametrize(
    ("kind", "row", "query"),
    [
        ("sessions", {"SessionType": 0}, f"?Path=Session&SessionID={KEY}"),
        ("sessions", {"SessionType": 1}, f"?Path=Session&SessionID={KEY}"),
        ("sessions", {"SessionType": 1002}, f"?Path=Session&SessionID={KEY}"),
        ("sessions", {"SessionType": 3}, f"?Path=Session&SessionType=3&SessionID={KEY}"),
        ("sessions", {"SessionType": 1001}, f"?Path=Session&SessionType=1001&SessionID={KEY}"),
        ("sessions", {"SessionType": 100}, f"?Path=GroupSession&SessionID={KEY}&SessionType=100"),
        ("sessions", {"SessionType": 1000}, f"?Path=GroupSession&SessionID={KEY}&SessionType=1000"),
        ("sessions", {"SessionType": 200}, f"?Path=PublicSession&SessionID={KEY}&SessionType=200"),
        ("sessions", {"SessionType": 1200}, f"?Path=PublicSession&SessionID={KEY}&SessionType=1200"),
        ("persons", {}, f"?Path=Person&PersonID={KEY}"),
        ("tests", {"TestType": 1000}, f"?Path=Catalog&TestType=1000&TestID={KEY}"),
        ("batteries", {"BatteryType": 10}, f"?Path=BatteryEditor&BatteryID={KEY}&BatteryType=10&TestType=0"),
        (
            "batteries",
            {"BatteryType": 1000},
            f"?Path=BatteryEditor&BatteryID={KEY}&BatteryType=1000&TestType=1000",
        ),
        (
            "batteries",
            {"BatteryType": None},
            f"?Path=BatteryEditor&BatteryID={KEY}&BatteryType=10&TestType=0",
        ),
        (
            "reportdefinitions",
            {"ReportType": 20, "TestID": OTHER},
            f"?Path=ReportTemplateEditor&ReportType=20&TestID={OTHER}&ReportID={KEY}",
        ),
        ("groups", {}, ""),
        ("organisations", {}, ""),
    ],
)
def test_a_click_opens_the_record(kind: str, row: dict[str, Any], query: str) -> None:
    assert document_of(make_entry(kind, **row)).url == f"{WEB}/default.htm{query}"


def test_a_generated_report_opens_its_session() -> None:
    session: Any = msgspec.convert({"ID": OTHER, "Active": True, "SessionType": 1003}, ROWS["sessions"])
    entry = make_entry("generatedreports", related=Related(session=session), ReportTitle="Report")
    assert document_of(entry).url == f"{WEB}/default.htm?Path=Session&SessionType=1003&SessionID={OTHER}"
    assert link_to(WEB, entry.record.row).endswith("SessionID=00000000-0000-0000-0000-000000000000")


def test_one_key_in_both_databases_gives_two_documents() -> None:
    mine, central = (document_of(make_entry("tests", database)) for database in (CLIENT, MASTER))
    assert (mine.id, central.id) == (f"itr-{KEY}", f"itr-m-{KEY}")
    assert facets_of(central)["Catalogue"] == ["Central"]


def test_archived_records_are_said_to_be_or_left_out() -> None:
    entry = make_entry(Active=False)
    assert facets_of(document_of(entry))["State"] == ["Archived"]
    assert RecordMapping(make_rules()).listed(entry).left_out == ""
    assert RecordMapping(make_rules(archived=False)).listed(entry).left_out == "archived"


def test_a_person_is_nameless_unless_names_may_stand() -> None:
    entry = make_entry("persons", FirstName="Aïsha", LastName="El Idrissi", PreferredLanguage="nl")
    assert document_of(entry).title == f"Candidate {KEY}"
    assert document_of(entry, person_names=True).title == "Aïsha El Idrissi"


def test_a_named_field_stands_in_the_text() -> None:
    document = document_of(make_entry(), Detail(named=(("Remarks", "<p>Comes late</p>"),)))
    assert "Remarks: Comes late" in document.text


@pytest.mark.parametrize(
    "change",
    [
        {"related": Related(person="Somebody")},
        {"related": Related(group="Renamed")},
        {"audience": None},
        {"company": "Renamed"},
        {"record": Record(msgspec.convert({"ID": KEY, "Active": True, "Status": 31}, ROWS["sessions"]))},
        {
            "record": Record(
                msgspec.convert({"ID": KEY, "Active": True}, ROWS["sessions"]), (("UserDefinedFields", "x"),)
            )
        },
    ],
)
def test_what_a_document_shows_is_in_its_version(change: dict[str, Any]) -> None:
    mapping, entry = RecordMapping(make_rules()), make_entry()
    assert mapping.listed(entry).version == mapping.listed(entry).version
    assert mapping.listed(msgspec.structs.replace(entry, **change)).version != mapping.listed(entry).version


@pytest.mark.parametrize(
    "change",
    [{"person_names": True}, {"fields": {"sessions": ("Remarks",)}}, {"web_url": "https://x.example"}],
)
def test_a_changed_setting_maps_everything_again(change: dict[str, Any]) -> None:
    entry = make_entry()
    assert (
        RecordMapping(make_rules()).listed(entry).version
        != RecordMapping(make_rules(**change)).listed(entry).version
    )


def test_settings_choose_title_facets_and_what_is_left_out() -> None:
    overrides = {
        "sessions": {
            "title": "{{ item.goal }}: {{ item.description }}",
            "facets": ["Status"],
            "exclude": "{{ item.status == 'Ready' }}",
        }
    }
    entry = make_entry(**INTAKE)
    document = document_of(entry, overrides=overrides)
    assert document.title == "Selection: Intake assessment"
    assert set(facets_of(document)) == {"Company", "Kind", "State", "Status"}
    mapping = RecordMapping(make_rules(overrides=overrides))
    assert mapping.listed(entry).left_out == ""
    assert mapping.listed(make_entry(Status=10)).left_out == "left out by the mapping"


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ({"fields": {"sessions": ("Password",)}}, "sources.itr.fields.sessions"),
        ({"fields": {"sessions": ("Results",)}}, "sources.itr.fields.sessions"),
        ({"fields": {"persons": ("Password",)}}, "sources.itr.fields.persons"),
        ({"records": ("tokens",)}, "sources.itr.records"),
        ({"overrides": {"sessions": {"title": "{{ item.password }}"}}}, "sources.itr.mapping.sessions.title"),
    ],
)
def test_what_cannot_be_read_cannot_be_named(rules: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_rules(make_rules(**rules))
    assert caught.value.key == key


def test_languages_are_said_in_words_and_once() -> None:
    assert languages_in("nl,en; NL,nl-BE,xx") == ["Dutch", "English", "xx"]
