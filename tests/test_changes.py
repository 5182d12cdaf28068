"""
What a change of the program or of its settings does to what is found already: docs/changes.md, line by line.

Each change is made between a full run and a delta.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.configuration.tables import HttpPart, LedgerPart, PeoplePart, SafetyPart, TargetPart, TextPart
from connector.document import ids
from connector.errors import LedgerError, SettingsError
from connector.sources.interaxo import documents as interaxo_documents
from connector.sources.interaxo import mapping as interaxo_mapping
from connector.sources.interaxo.kinds import KIND_WORDS
from connector.sources.interaxo.settings import InteraxoPart
from connector.sources.itr.mapping import RecordMapping
from connector.sources.itr.mapping import Rules as ItrRules
from connector.text import service
from tests.later import later_release
from tests.neighbourhood import Neighbourhood
from tests.office import FAILED, USAGE, Office
from tests.rules.ground import FEW, calls, live_gone, small_world

NOTHING: dict[str, Any] = {
    "http.proxy": "none",
    "http.proxy_password": "word-of-a-proxy",
    "http.ca_file": "",
    "http.max_answer_bytes": 10_000_000,
    "http.timeout_s": 20,
    "http.session_timeout_s": 500,
    "http.attempts": 2,
    "http.backoff_max_s": 0.02,
    "http.settle_s": 60,
    "targets.intranet.batch_documents": 3,
    "targets.intranet.batch_bytes": 50_000,
    "targets.intranet.concurrency": 2,
    "sources.interaxo.communities": ["example-corp"],
    "sources.interaxo.download": "content_url",
    "sources.interaxo.content_hosts": ["files.example.net"],
    "sources.interaxo.concurrency": 2,
    "sources.interaxo.calls_per_s": 500,
    "sources.interaxo.quiet": "00:00-00:01",
    "sources.interaxo.audience_share": 0.5,
    "safety.max_deletes": 50,
    "safety.max_delete_ratio": 0.2,
    "safety.max_widened": 50,
    "safety.audience_max_age_days": 3,
    "text.max_file_bytes": 1_000_000,
    "text.timeout_s": 30,
    "text.memory_mb": 600,
    "text.workers": 1,
    "text.cache_bytes": 1_000_000,
}
"""Changes nothing of what is found."""
PUSHED_ANEW: dict[str, tuple[Any, str]] = {
    "sources.interaxo.web_url": ("https://docs.example.com/{community}/{room}/{id}", "all"),
    "sources.interaxo.mapping.file.title": ("{{ item.name }} !", "files"),
    "sources.interaxo.comments": (True, "none"),
    "sources.interaxo.main_document_text": (True, "none"),
    "sources.interaxo.content": (True, "files"),
}
"""Maps everything anew in the next run, and pushes what came out different."""
WITH_THE_NEXT_FULL_RUN: dict[str, Any] = {
    "text.encoding": "base64",
    "targets.intranet.sessions": False,
}
ELSEWHERE = {
    "ledger.url": "another ledger: tests/rules/test_restored_ledger.py, test_writer.py",
    "sources.interaxo.kind": "another source",
    "sources.interaxo.target": "tests/rules/test_gate.py: a source that is no longer in the settings of a target",
    "sources.interaxo.rooms": "held: tests/rules/test_brake.py",
    "sources.interaxo.historical": "held: tests/rules/test_proof.py",
    "sources.interaxo.public_rooms": "tests/rules/test_audiences.py",
    "sources.interaxo.people": "tests/people",
    "sources.interaxo.mapping": "its keys are in the tables above; exclude is held: tests/rules/test_proof.py",
    "targets.intranet.people": "below",
    "text.max_text_bytes": "below",
    "text.cache": "below",
    "text.ocr": "tests/runs/test_ocr.py",
    **dict.fromkeys(
        (
            *("sources.interaxo.id_prefix", "sources.interaxo.permissions", "sources.interaxo.identities"),
            *("targets.intranet.app_id", "targets.intranet.people.match", "targets.intranet.people.domains"),
        ),
        "below",
    ),
    **dict.fromkeys(
        (
            *("sources.interaxo.base_url", "sources.interaxo.token_url", "sources.interaxo.audience"),
            *("sources.interaxo.client_id", "sources.interaxo.client_secret"),
            *("targets.intranet.base_url", "targets.intranet.tenant", "targets.intranet.api_key"),
        ),
        "how to reach a neighbour; another neighbour is noticed by its answers",
    ),
}


def test_every_setting_that_a_run_reads_has_a_defined_effect() -> None:
    parts = {
        "ledger": LedgerPart,
        "http": HttpPart,
        "targets.intranet": TargetPart,
        "targets.intranet.people": PeoplePart,
        "sources.interaxo": InteraxoPart,
        "safety": SafetyPart,
        "text": TextPart,
    }
    keys = {f"{path}.{name}" for path, part in parts.items() for name in part.model_fields}
    defined = {*NOTHING, *PUSHED_ANEW, *WITH_THE_NEXT_FULL_RUN, *ELSEWHERE}
    assert keys - defined == set()
    assert {key for key in defined - keys if not key.startswith("sources.interaxo.mapping.")} == set()


async def pushed_by(near: Neighbourhood, mode: str = "delta") -> set[str]:
    mark = near.intranet.mark()
    report = await near.run(mode)
    assert report.outcome == "succeeded", report.reasons
    return set(near.intranet.pushed_since(mark))


def files(near: Neighbourhood) -> set[str]:
    return {
        key for key, row in near.intranet.documents.items() if "file" in row.document["DocTypeName"].lower()
    }


# -- settings ------------------------------------------------------------------------------------


async def test_settings_about_how_nothing_is_pushed_for(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.values |= NOTHING
        assert await pushed_by(near) == set()
        assert not near.intranet.deletions


@pytest.mark.parametrize("key", PUSHED_ANEW)
async def test_settings_about_what_everything_is_mapped_anew_for(tmp_path: Path, key: str) -> None:
    value, which = PUSHED_ANEW[key]
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.wire.clear()
        near.values[key] = value
        pushed = await pushed_by(near)
        expected = {"all": near.found(), "files": files(near), "none": set()}[which]
        assert pushed == expected or (which == "files" and set() < pushed <= expected)
        assert not near.intranet.deletions
        assert await pushed_by(near) == set(), "it is done once"


@pytest.mark.parametrize("key", WITH_THE_NEXT_FULL_RUN)
async def test_settings_about_the_form_take_effect_with_the_next_full_run(tmp_path: Path, key: str) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.values[key] = WITH_THE_NEXT_FULL_RUN[key]
        assert await pushed_by(near) == set()
        assert await pushed_by(near, "full") == near.found()
        assert not near.intranet.deletions


async def test_other_permissions_change_audiences_and_nothing_else(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.values["sources.interaxo.permissions"] = "fixed"
        near.values["sources.interaxo.identities"] = ["interaxo:group:few"]
        near.wire.clear()
        assert await pushed_by(near) == near.found()
        identities = {tuple(row.document["ExternalIdentities"]) for row in near.intranet.documents.values()}
        assert identities == {("interaxo:group:few",)}
        assert near.document(small.rfi)["FileContents"]
        assert not calls(near, "/content")


async def test_people_are_found_anew_when_the_way_to_find_them_changes(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        mark = len(near.intranet.pushes)
        near.values["targets.intranet.people.domains"] = {"example.com": "example.net"}
        note = min(f"ix-{small.bridge}", f"ix-{small.tunnel}")
        assert await pushed_by(near) == {note}
        assert near.intranet.users_pushed_since(mark)
        assert {row.record["Email"] for row in near.intranet.users.values()} == {"kari@example.net"}


async def test_another_connector_of_the_intranet_gets_everything(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        before = near.found()
        near.values["targets.intranet.app_id"] = "48"
        near.intranet.app_id = 48
        near.intranet.documents.clear()
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert set(near.intranet.pushed_since(mark)) == before
        assert "emptied or rebuilt" in " ".join(report.reasons)


# -- names of documents --------------------------------------------------------------------------


def rename_source(near: Neighbourhood, name: str) -> None:
    for key in [key for key in near.values if key.startswith("sources.interaxo.")]:
        near.values[key.replace("sources.interaxo", f"sources.{name}")] = near.values.pop(key)


@pytest.mark.parametrize("change", ["prefix", "name"])
@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_documents_keep_their_names_or_nothing_runs(tmp_path: Path, change: str, mode: str) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.wire.clear()
        near.values["sources.interaxo.id_prefix"] = "ox" if change == "prefix" else "ix"
        if change == "name":
            rename_source(near, "rooms")
        for dry_run in (False, True):
            with pytest.raises(SettingsError, match="'ix'" if change == "prefix" else "'interaxo'") as caught:
                await near.run(mode, dry_run=dry_run)
        assert caught.value.key.endswith(".id_prefix")
        assert near.wire.calls == []


async def test_another_scheme_of_ids_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.wire.clear()
        monkeypatch.setattr("connector.runs.names.ID_SCHEME", ids.ID_SCHEME + "b")
        with pytest.raises(LedgerError, match="another scheme"):
            await near.run("delta")
        assert near.wire.calls == []


async def test_a_source_that_was_removed_may_come_back_with_another_prefix(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        # the way out that the refusal names; a target needs a source meanwhile
        rename_source(near, "other")
        near.values["sources.other.id_prefix"] = "o"
        near.values["sources.other.rooms"] = ["tunnel"]
        held = await near.run("delta")
        await near.run("delta", approve=held.run_id)
        assert {one.partition("-")[0] for one in near.found()} == {"o"}
        for key in [key for key in near.values if key.startswith("sources.other.")]:
            near.values[key.replace("sources.other", "sources.interaxo")] = near.values.pop(key)
        near.values |= {"sources.interaxo.id_prefix": "new", "sources.interaxo.rooms": ["*"]}
        held = await near.run("delta")
        await near.run("delta", approve=held.run_id)
        assert near.found() == {f"new-{one.removeprefix('ix-')}" for one in near.expected()}


async def test_a_first_run_may_choose_any_prefix_again(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.intranet.api_key = "not yet"
        await near.run("full")
        near.intranet.api_key = "sandbox-interact-key"
        near.values["sources.interaxo.id_prefix"] = "ox"
        await near.run("full")
        assert {one.partition("-")[0] for one in near.found()} == {"ox"}


def test_a_changed_prefix_is_a_settings_error_of_every_command_that_runs(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with office.server as urls:
        office.write_settings(list(urls))
        assert office.ask("sync", "--json").code == 0
        calls_before = len(office.wire.calls)
        for command in (("sync",), ("sync", "--mode", "full"), ("backfill",), ("sync", "--dry-run")):
            told = office.ask(*command, "--json", CONNECTOR_SOURCES__INTERAXO__ID_PREFIX="ox")
            assert told.code == USAGE
            assert told.json["error"]["key"] == "sources.interaxo.id_prefix"
        assert len(office.wire.calls) == calls_before


# -- the program ---------------------------------------------------------------------------------


async def test_a_new_version_of_the_mapping_maps_everything_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        monkeypatch.setitem(KIND_WORDS, "file", "Paper")
        monkeypatch.setattr(interaxo_documents, "_kind_facet", interaxo_documents._kind_facet.__wrapped__)
        assert await pushed_by(near) == set(), "nothing tells a delta that the code is another"
        monkeypatch.setattr(interaxo_mapping, "CODE_VERSION", "next")
        pushed = await pushed_by(near)
        assert pushed == {key for key, row in near.intranet.documents.items() if "Paper" in str(row.document)}
        assert len(pushed) >= 3
        assert await pushed_by(near) == set()
        assert not live_gone(near)


async def test_a_new_version_of_the_mapping_that_changes_nothing_pushes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        monkeypatch.setattr(interaxo_mapping, "CODE_VERSION", "next")
        assert await pushed_by(near) == set()


@pytest.mark.parametrize("change", ["extractor", "limit", "cache"])
async def test_another_extractor_or_limit_reads_every_file_anew_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.content"] = True
        await near.run("full")
        near.wire.clear()
        assert await pushed_by(near) == set()
        assert not downloads(near)
        match change:
            case "extractor":
                monkeypatch.setattr(service, "extractor_version", lambda: "another")
            case "limit":
                near.values["text.max_text_bytes"] = 3
            case "cache":
                near.values["text.cache"] = "var/elsewhere"
        pushed = await pushed_by(near)
        if change == "cache":  # what is found has its text; a full run reads what the cache no longer has
            assert (pushed, downloads(near)) == (set(), [])
            await pushed_by(near, "full")
        assert len(downloads(near)) == 3
        if change == "limit":
            assert near.document(small.report)["FileContents"] == "a r"
            assert f"ix-{small.report}" in pushed
        near.wire.clear()
        assert await pushed_by(near) == set()
        assert not downloads(near)


def downloads(near: Neighbourhood) -> list[str]:
    return [call.path for call in near.wire.calls if call.path.endswith("/content")]


async def test_another_title_is_no_other_rule_of_what_is_left_out(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.values["sources.interaxo.mapping.entry.title"] = "{{ item.name }} !"
        near.rooms.move_step(small.current, "Superseded")
        report = await near.run("delta")
        assert not report.held, "it is gone by proof, as in any other run"
        assert near.found() == near.expected()


def test_every_rule_of_itr_that_decides_about_documents_changes_their_versions() -> None:
    plain = ItrRules(
        source="itr",
        prefix="itr",
        web_url="https://itr.example.com",
        records=("tests",),
        person_names=False,
        fields={},
        archived=True,
        overrides={},
    )
    changes: dict[str, tuple[Any, str]] = {
        "prefix": ("other", "mapped"),
        "web_url": ("https://other.example.com", "mapped"),
        "person_names": (True, "mapped"),
        "fields": ({"tests": ("language",)}, "mapped"),
        "overrides": ({"tests": {"title": "{{ item.name }}"}}, "mapped"),
        "archived": (False, "left out"),
        "records": (("tests", "sessions"), "scopes"),
        "source": ("other", "name"),
    }
    assert set(changes) == set(ItrRules.__struct_fields__)
    before = RecordMapping(plain)
    for name, (value, effect) in changes.items():
        after = RecordMapping(ItrRules(**{**{f: getattr(plain, f) for f in changes}, name: value}))
        assert (after.digest != before.digest) == (effect == "mapped"), name
        assert (after.left_out_rules != before.left_out_rules) == (effect == "left out"), name


# -- the ledger ----------------------------------------------------------------------------------


def schema_of(near: Neighbourhood) -> tuple[str, set[str]]:
    """Revision and tables."""
    with closing(sqlite3.connect(near.folder / "var" / "ledger.db")) as db:
        (revision,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
        return revision, {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}


async def test_a_ledger_of_an_earlier_release_goes_up_with_all_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, _):
        report = await near.run("full")
        later_release(tmp_path, monkeypatch)
        assert await pushed_by(near) == set(), "documents and their fingerprints are kept"
        revision, tables = schema_of(near)
        assert revision == "9998"
        assert "later" in tables
        with near.app().ledger() as ledger:
            run = ledger.runs("intranet").get(report.run_id)
            assert run is not None
            assert run.outcome == "succeeded"
        near.wire.clear()
        assert (await near.run("full")).session.ended


async def test_a_migration_that_fails_leaves_the_ledger_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = schema_of(near)
        near.rooms.rename(small.plan, "after.pdf")
        with monkeypatch.context() as patch:
            later_release(tmp_path / "bad", patch, more="raise RuntimeError('the power went')")
            with pytest.raises(RuntimeError, match="the power went"):
                await near.run("delta")
        assert schema_of(near) == before
        assert await pushed_by(near) == {f"ix-{small.plan}"}
        later_release(tmp_path / "good", monkeypatch)
        assert await pushed_by(near) == set()
        assert schema_of(near)[0] == "9998"


def test_a_ledger_of_a_newer_release_stops_every_command_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    with office.server as urls:
        office.write_settings(list(urls))
        with monkeypatch.context() as patch:
            later_release(tmp_path, patch)
            assert office.ask("sync", "--json").code == 0
        ledger = tmp_path / "var" / "ledger.db"
        before, calls_before = ledger.read_bytes(), len(office.wire.calls)
        for command in (
            ("sync",),
            ("backfill",),
            ("status",),
            ("runs",),
            ("quarantine",),
            ("ledger", "prune"),
        ):
            told = office.ask(*command, "--json")
            assert told.code == FAILED, command
            assert "newer release (its schema is 9998)" in told.json["error"]["message"]
            assert ledger.read_bytes() == before, command
        assert len(office.wire.calls) == calls_before


async def test_mapping_anew_brings_back_no_audience_that_was_taken_away(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("delta")
        near.values["sources.interaxo.web_url"] = "https://docs.example.com/{community}/{room}/{id}"
        await near.run("delta")
        assert near.intranet.visible_to("kari@example.com") == {f"ix-{small.tunnel}", f"ix-{small.report}"}
