"""Whoever only looks is told what settings that are refused tell all the same, and never of another ledger than theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.app import KINDS
from connector.errors import SettingsError
from connector.settings import Loaded, load_what_is_right
from tests.builders import make_toml
from tests.configuration.test_settings import ENVIRONMENT, written

LEDGER = "sqlite:///elsewhere.db"


def right_of(folder: Path, text: str) -> tuple[Loaded, SettingsError | None]:
    return load_what_is_right(written(folder, text), ENVIRONMENT, kinds=KINDS)


def test_what_is_not_refused_is_whole(tmp_path: Path) -> None:
    loaded, refused = right_of(tmp_path, make_toml(ledger__url=LEDGER))
    assert refused is None
    assert loaded.settings.ledger.url == LEDGER


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schedule__delat", "* * * * *"),
        ("schedule__delta", "every minute"),
        ("safety__max_deletes", "many"),
        ("colours__sky", "blue"),
    ],
)
def test_a_mistake_takes_nothing_else_with_it(tmp_path: Path, key: str, value: str) -> None:
    changed = {key: value, "ledger__url": LEDGER, "schedule__full": "1 2 * * 3"}
    loaded, refused = right_of(tmp_path, make_toml(**changed))
    assert refused is not None
    assert key.replace("__", ".").startswith(refused.key)
    assert loaded.settings.ledger.url == LEDGER
    assert loaded.settings.schedule.full == "1 2 * * 3"
    assert list(loaded.settings.sources) == ["interaxo"]


def test_every_mistake_is_told_and_left_out(tmp_path: Path) -> None:
    text = make_toml(ledger__url=LEDGER, http__attempts=0, schedule__delat="", service__listen="here")
    loaded, refused = right_of(tmp_path, text)
    assert "http.attempts" in str(refused)
    assert "schedule.delat" in str(refused)
    assert loaded.settings.http.attempts > 0


def test_a_table_that_lacks_a_key_is_left_out(tmp_path: Path) -> None:
    more = {"sources__itr__kind": "itr", "sources__itr__id_prefix": "itr", "ledger__url": LEDGER}
    loaded, refused = right_of(tmp_path, make_toml(**more))
    assert refused is not None
    assert list(loaded.settings.sources) == ["interaxo"]


def test_targets_and_ledger_are_told_where_what_is_wrong_leaves_no_source(tmp_path: Path) -> None:
    loaded, refused = right_of(tmp_path, make_toml(ledger__url=LEDGER, sources__interaxo__permissions="rom"))
    assert refused is not None
    assert refused.key == "sources.interaxo.permissions"
    assert loaded.settings.ledger.url == LEDGER
    assert list(loaded.settings.targets) == ["intranet"]
    with pytest.raises(SettingsError):
        load_what_is_right(written(tmp_path, ""), ENVIRONMENT, kinds=KINDS)


@pytest.mark.parametrize("line", ['delta = "* * * * *', "delta =", "delta", "[schedul", 'delta = "\0"'])
def test_a_file_that_is_no_toml_tells_what_stands_in_its_other_tables(tmp_path: Path, line: str) -> None:
    text = make_toml(ledger__url=LEDGER)
    loaded, refused = right_of(tmp_path, f"{text}\n[schedule]\n{line}\n[safety]\nmax_deletes = 3\n")
    assert "not valid TOML" in str(refused)
    assert loaded.settings.ledger.url == LEDGER
    assert loaded.settings.safety.max_deletes == 3
    assert list(loaded.settings.targets) == ["intranet"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("[ledger]", "[ledgr]"),
        ("[ledger]", "[ledger"),
        ("[ledger]", "ledger]"),
        ("\nurl =", "\nulr ="),
        ("\nurl =", "\nurl"),
        (f'"{LEDGER}"', f'"{LEDGER}'),
        (f'"{LEDGER}"', "3"),
        ("[ledger]", '[ledger]\nurl = "sqlite:///other.db"\n[ledger]'),
        ("[targets.intranet]", "[targets.intranet"),
        ("app_id =", "ap_id ="),
    ],
)
def test_where_the_ledger_is_or_whose_it_is_must_be_right(tmp_path: Path, right: str, wrong: str) -> None:
    text = make_toml(ledger__url=LEDGER)
    assert text.count(right) == 1
    with pytest.raises(SettingsError) as told:
        right_of(tmp_path, text.replace(right, wrong))
    assert "does not tell where" not in str(told.value), "what is wrong is told, as everywhere"


def test_a_file_that_cannot_be_read_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No settings file found"):
        load_what_is_right(tmp_path / "nowhere.toml", ENVIRONMENT, kinds=KINDS)
