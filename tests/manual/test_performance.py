"""The tables of docs/performance.md are the bench's own; what they say is measured, and asserted nowhere."""

from __future__ import annotations

from itertools import groupby, pairwise
from pathlib import Path

import pytest

from bench import table
from bench.answers import answer
from bench.cases import QUICK, WHOLE, Programme, Round
from bench.children import environment
from bench.intranets import DOCS, Intranets
from bench.results import (
    ByHandFound,
    CompanyFound,
    Grown,
    Pair,
    Results,
    Row,
    SeveralFound,
    StartFound,
    Surroundings,
    Work,
)

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def made_up(programme: Programme = WHOLE) -> Results:
    """What a run of the bench could have found."""
    pairs = [Pair(connector_s=4, connector_cpu_s=3, bare_s=2, bare_cpu_s=0.5)] * 2
    turns = {Round.FULL: [(2.0, 1.5), (4.0, 0.5)], Round.SAME: [(1.0, 0.5)]}
    return Results(
        programme=programme,
        surroundings=Surroundings(
            day="1 May 2026", machine="2 cores", versions="Python 3", load=0.1, minutes=14
        ),
        starts=[StartFound(name="`status`", ratio=0.7, at_most=1.3, note="64 MB")],
        work=[Work(name="rooms", items=20_000, gets=2_500, puts=207, put_bytes=55_000_000)],
        rows=[Row(case=case, round=each, pairs=pairs) for case in programme.cases for each in case.rounds],
        grown=[
            Grown(items=50_000, peak_mb=120, cpu_s=5),
            Grown(items=500_000, peak_mb=130, cpu_s=60),
        ],
        company=CompanyFound(company=programme.company, documents=2_040, turns=turns),
        several=SeveralFound(several=programme.several, turns=turns),
        by_hand=[ByHandFound(latency_ms=20, round=Round.FULL, turns=[(0.5, 2.0), (0.7, 3.0)])],
        dropped=["rooms: the connector says failed"],
    )


def heads(text: str) -> list[tuple[str, ...]]:
    """The columns of each table."""
    lines = text.splitlines()
    return [
        tuple(cell.strip() for cell in line.strip("| ").split(" | "))
        for line, below in pairwise(lines)
        if line.startswith("|") and set(below) <= set("|-:") and "-" in below
    ]


def test_what_the_tool_writes_stands_between_its_markers_and_moves_nothing_else() -> None:
    page = PAGE.read_text(encoding="utf-8")
    new = table.text(made_up())
    written = table.written(page, new)
    assert table.between(written) == new
    assert table.written(written, table.between(page)) == page
    assert table.written(written, new) == written


def test_a_page_without_both_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="once"):
        table.written(f"{table.BEGIN}\n", "new")


def test_the_tables_of_the_manual_are_those_of_the_tool() -> None:
    of_the_page = heads(table.between(PAGE.read_text(encoding="utf-8")))
    assert of_the_page == heads(table.text(made_up())) == list(table.COLUMNS)


def test_figures_are_medians_of_ratios_within_a_turn() -> None:
    text = table.text(made_up())
    assert "| rooms | 20,000 | full | 0 ms | 16 | 2 | 5,000 | 10,000 | 0.50 | 6.0 |" in text
    assert "| rooms | 20,000 | delta, nothing changed | 20 ms | 8 | 2 |" in text
    assert "| 500,000 | 130 MB | 1.20 |" in text
    assert "| full | 3.00 | 1.00 |" in text  # several targets
    assert "| full | 4.67 |" in text  # ITR: halfway between 2.0 / 1.5 and 4.0 / 0.5
    assert "* rooms: the connector says failed" in text


def test_what_was_dropped_has_no_line() -> None:
    none = Results(
        programme=QUICK,
        surroundings=made_up().surroundings,
        starts=[],
        work=[],
        rows=[],
        grown=[Grown(items=10_000, peak_mb=90, cpu_s=1)],
        company=None,
        several=None,
        by_hand=[],
        dropped=[],
    )
    text = table.text(none)
    assert "says little" in text
    assert heads(text) == [table.GROWTH]
    assert "| 10,000 | 90 MB |  |" in text


@pytest.mark.parametrize("programme", [WHOLE, QUICK], ids=lambda one: one.name)
def test_cases_of_one_estate_stand_together_and_deltas_follow_a_full_run(programme: Programme) -> None:
    estates = [estate for estate, _ in groupby(programme.cases, key=lambda case: case.estate)]
    assert len(estates) == len(set(estates))
    assert all(case.rounds[0] is Round.FULL for case in programme.cases)
    assert programme.growth.beside in programme.growth.sizes


def test_the_gate_and_its_neighbours_are_measured() -> None:
    measured = {(case.latency_ms, case.calls) for case in WHOLE.cases if not case.estate.texts}
    assert {(0, 16), (20, 16), (20, 8), (20, 32), (100, 16)} <= measured
    assert WHOLE.growth.sizes == (5_000, 50_000, 500_000)
    assert WHOLE.several.targets == 5
    assert any(case.estate.texts for case in WHOLE.cases)


def test_children_keep_their_bytecode_and_find_no_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("CONNECTOR_SETTINGS", "/elsewhere")
    found = environment(tmp_path)
    assert found["PYTHONPYCACHEPREFIX"] == str(tmp_path / "bytecode")
    assert not {"PYTHONDONTWRITEBYTECODE", "CONNECTOR_SETTINGS"} & set(found)


def test_an_intranet_is_known_by_its_address() -> None:
    intranets = Intranets()
    body = b'[{"GloballyUniqueId":"ix-1","SynchroniseState":"{\\"ledger\\":1}"}]'
    for application in ("1", "2"):
        intranets.put(f"{DOCS}{application}/docs/addupdate", body, keep=True)
    assert intranets.arrived == 2
    assert intranets.state(f"{DOCS}2/docs/state", "docId=ix-1") == answer(
        {"DocExists": True, "SynchroniseState": '{"ledger":1}'}
    )
    assert b'"DocExists":false' in intranets.state(f"{DOCS}3/docs/state", "docId=ix-1")
