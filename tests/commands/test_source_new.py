"""`connector source new`: what it writes passes its own tests, is found by its kind, and is the source of docs/sources.md."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from connector.commands.source import files_of, write_source
from connector.errors import ConnectorError, SettingsError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "connector/conformance/example/source.py"


def test_a_new_source_passes_its_tests_as_it_is(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "connector", "source", "new", "birds", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    written = json.loads(told.stdout)
    assert written["files"]
    command = next(line for line in written["words"].splitlines() if "--no-build-isolation" in line)
    assert shlex.split(command)[-1] == "./birds", "a bare name is looked for on the package index"
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "found_once or half or taken_reaches"],
        cwd=tmp_path / "birds", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout
    assert "passed" in tested.stdout


@pytest.mark.parametrize("name", ["birds", "wiki_2", "x"])
def test_nothing_of_the_example_stays_in_a_new_source(name: str) -> None:
    texts = files_of(name)
    for path, text in texts.items():
        assert not re.search(r"\bNOTES\b|\bNotes|connector\.conformance\.example", text), path
        assert not re.search(r"\bnotes\b|\bnotes_world", text), path
        if path.endswith(".py"):
            compile(text, path, "exec")
    project = tomllib.loads(texts["pyproject.toml"])
    points = project["project"]["entry-points"]["interact_connector.sources"]
    assert points == {name: f"interact_{name}.source:{name.upper()}"}


@pytest.mark.parametrize("name", ["", "Birds", "2birds", "my-wiki", "interject", "class", "a" * 40])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^(The name of a source is a letter|There already is a kind of source)"
    ):
        write_source(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConnectorError, match="is not empty"):
        write_source("birds", tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_the_tutorial_shows_the_source_that_is_tested() -> None:
    source = _squeezed(EXAMPLE.read_text(encoding="utf-8"))
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/sources.md").read_text(encoding="utf-8"), re.DOTALL
    )
    shown = [part for block in blocks for part in re.split(r"^ *# \.\.\.$", block, flags=re.MULTILINE)]
    assert len(blocks) > 6
    for part in shown:
        if "Conformance" not in part:
            assert _squeezed(part) in source, part


def _squeezed(text: str) -> str:
    """Code without its spaces, which a page may set otherwise."""
    return re.sub(r"\s+", "", text).replace(",)", ")").replace(",]", "]")
