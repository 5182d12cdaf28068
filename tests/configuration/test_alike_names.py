"""Names that only letter case, or a hyphen, tells apart: none of them is passed over, and what is told names both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import make_toml
from tests.configuration.test_settings import complaint, load_text


@pytest.mark.parametrize(
    "more",
    [
        '[Sources.interaxo]\nrooms = ["!archive"]\n',
        "[Safety]\nmax_deletes = 1\n",
        '[SCHEDULE]\ndelta = "*/5 * * * *"\n',
    ],
)
def test_a_table_in_capital_letters_is_an_unknown_key(tmp_path: Path, more: str) -> None:
    error = complaint(tmp_path, make_toml() + more)
    table = more[1:].partition("]")[0].partition(".")[0]
    assert (error.key, str(error).count(f"did you mean {table.lower()}?")) == (table, 1)


@pytest.mark.parametrize("table", ["sources.Interaxo", "targets.Intranet"])
@pytest.mark.parametrize("whole", [True, False])
def test_two_tables_that_letter_case_alone_tells_apart_are_told_together(
    tmp_path: Path, table: str, whole: bool
) -> None:
    alike = table.lower()
    written = make_toml()
    more = written.replace(f"[{alike}]", f"[{table}]") if whole else f"[{table}]\nnone = 1\n"
    more = f"[{table}]" + more.partition(f"[{table}]")[2].partition("\n[")[0]
    error = complaint(tmp_path, f"{written}{more}\n")
    assert error.key == table
    assert f"[{alike}]" in str(error)
    assert f"[{table}]" in str(error)
    assert "missing" not in str(error)
    assert not error.also


def test_a_variable_that_fits_two_names_is_refused(tmp_path: Path) -> None:
    text = make_toml() + '[sources.my-rooms]\nkind = "interaxo"\n[sources.my_rooms]\nkind = "interaxo"\n'
    error = complaint(tmp_path, text, CONNECTOR_SOURCES__MY_ROOMS__ID_PREFIX="a")
    assert "sources.my-rooms" in str(error)
    assert "sources.my_rooms" in str(error)
    assert error.origin == "environment variable CONNECTOR_SOURCES__MY_ROOMS__ID_PREFIX"


def test_two_variables_that_letter_case_alone_tells_apart_are_refused(tmp_path: Path) -> None:
    given = {"CONNECTOR_SAFETY__MAX_DELETES": "5", "connector_safety__max_deletes": "7"}
    error = complaint(tmp_path, make_toml(), **given)
    assert error.key == "safety.max_deletes"
    assert all(name in str(error) for name in given)


def test_a_variable_may_be_written_in_small_letters(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, make_toml(), connector_safety__max_deletes="7")
    assert loaded.settings.safety.max_deletes == 7
