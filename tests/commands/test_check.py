"""`connector check`: what would keep a run from its work, or its promises from being kept, before anything is sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from connector.commands import inspection
from connector.commands.inspection import inspect
from connector.commands.local_inspection import look_here
from connector.errors import SettingsError
from connector.http.aiohttp_transport import AiohttpTransport
from connector.http.exchange import Call, Dated, Reply
from connector.people.file import PeopleFile, read_people_file
from connector.wiring.offline import Offline
from tests.builders import SECRETS, load, make_toml
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.people.estate import estate

ENVIRONMENT = {f"CONNECTOR_{key.replace('.', '__').upper()}": value for key, value in SECRETS.items()}


def offline(folder: Path, *, environment: dict[str, str] = ENVIRONMENT, **changes: Any) -> Offline:
    file = folder / "settings.toml"
    file.write_text(make_toml(**changes), encoding="utf-8")
    return Offline(load(file, environment))


# -- this machine --------------------------------------------------------------------------------


def test_a_machine_as_it_should_be_has_no_problem_and_gets_no_file(tmp_path: Path) -> None:
    app = offline(tmp_path)
    assert look_here(app) == []
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]
    with app.ledger():
        pass
    assert look_here(app) == []


def test_a_folder_that_cannot_be_made_is_told_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (told,) = look_here(offline(tmp_path, text__cache="file/text"))
    assert told.startswith("text.cache: ")
    assert "is a file" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_this_user_cannot_write_is_told_with_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o500)
    told = look_here(offline(tmp_path))
    assert any("cannot be written by this user" in one and "mode 0500" in one for one in told)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike those of pytest."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not all(one.stat().st_mode & 0o001 for one in folder.resolve().parents):
            pytest.skip("temporary files are closed to others here")
        yield folder


def test_secrets_that_everybody_can_read_are_told(open_folder: Path) -> None:
    key = open_folder / "key"
    key.write_text(SECRETS["targets.intranet.api_key"])
    key.chmod(0o644)
    given = {**ENVIRONMENT, "CONNECTOR_TARGETS__INTRANET__API_KEY_FILE": str(key)}
    del given["CONNECTOR_TARGETS__INTRANET__API_KEY"]
    app = offline(open_folder, environment=given)
    (told,) = look_here(app)
    assert told == f"{key} holds secrets and can be read by everybody on this machine; run: chmod o= {key}"
    key.chmod(0o640)
    assert look_here(app) == []


def test_what_keeps_every_run_from_its_work_is_told_of_the_file_of_orders_too(tmp_path: Path) -> None:
    app = offline(tmp_path)
    assert app.beside is not None
    app.beside.mkdir(parents=True)
    file = app.beside / "hidden.json"
    file.write_text("{", encoding="utf-8")
    (told,) = look_here(app)
    assert str(file) in told
    file.write_text("{}", encoding="utf-8")
    assert look_here(app) == []


def test_a_settings_file_that_holds_secrets_is_one_of_them(open_folder: Path) -> None:
    file = open_folder / "settings.toml"
    app = offline(open_folder)
    file.chmod(0o644)
    assert look_here(app) == []  # it holds none
    app = offline(open_folder, targets__intranet__api_key="in-the-file-itself")
    file.chmod(0o644)
    assert str(file) in look_here(app)[0]
    open_folder.chmod(0o700)
    assert look_here(app) == []


def test_what_systemd_and_containers_keep_is_theirs(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for key, value in SECRETS.items():
        (credentials / key).write_text(value)
    app = offline(tmp_path, environment={"CREDENTIALS_DIRECTORY": str(credentials)})
    assert app.loaded.secret_files == ()


# -- people's files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "id,email\nu-1,kari@example.com\n",
        "id;email\r\nu-1;kari@example.com\r\n",
        "Email\tId\nkari@example.com\tu-1\n",
        '\ufeff"id","email","note"\nu-1,kari@example.com,"a\nb"\n\n',
    ],
    ids=["plain", "semicolons of Excel", "tabs, another order", "mark, quotes, empty row"],
)
def test_a_people_file_is_read_as_spreadsheets_write_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8", newline="")
    assert read_people_file(file, "sources.x.people") == PeopleFile({"u-1": "kari@example.com"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a first line with the columns id,email"),
        (b"name,mail\n", "a first line with the columns id,email"),
        (b"id;E-mail;Email\nu-1;kari@example.com;per@example.com\n", "has the column email twice"),
        ("id,email\nu-1,jørn@example.com\n".encode("cp1252"), "is not UTF-8"),
        ("id,email\n".encode("utf-16"), "is not UTF-8"),
        (b"id,email\nu-1,ka" + bytes(8) + b"ri@example.com\n", r"holds zeros in place of text \(line 2\)"),
    ],
)
def test_a_people_file_that_cannot_be_read_is_told_with_its_key(
    tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words) as caught:
        read_people_file(file, "sources.x.people")
    assert caught.value.key == "sources.x.people"


def test_rows_that_say_nothing_are_told_with_their_lines(tmp_path: Path) -> None:
    rows = [
        "id,email",
        "u-1,",
        "u-2,not-an-address",
        "u-3,eva@example.com",
        ",a@example.com",
        "U-3,b@example.com",
        "u-4,Kari <kari@example.com>",
        "u-5,mailto:kari@example.com",
        "u-6,kari@example.com; per@example.com",
        'u-7,"kari@example.com',
        "u-8,per@example.com",
    ]
    (tmp_path / "people.csv").write_text("\n".join(rows))
    (told,) = look_here(offline(tmp_path, sources__interaxo__people="people.csv"))
    assert told.startswith("sources.interaxo.people: ")
    for words in (
        "line 2 has no address",
        "line 3 has no @",
        "line 5 has no id",
        "line 6 has the id of line 4, and another address",
        "line 7 has more than an address",
        "and 3 more",
    ):
        assert words in told
    assert "eva@" not in told


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nid;email\r\nu-1;kari@example.com\r\n",
        "id,email\ru-1,kari@example.com\r",
        "id,email\n\u200bu-1,kari@example.com\u200b\n",
        "id\temail\nu-1\t\u00a0kari@example.com\u2060\n",
    ],
)
def test_a_people_file_is_read_as_spreadsheets_and_pasted_cells_leave_it(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "people.csv").write_bytes(content.encode())
    read = read_people_file(tmp_path / "people.csv", "sources.x.people")
    assert (read.addresses, read.problems) == ({"u-1": "kari@example.com"}, ())


# -- neighbours ----------------------------------------------------------------------------------


async def source_of(near: Neighbourhood, **how: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await inspect(near.app(), now=near.clock(), **how))["sources"]["interaxo"]
    return told


async def test_each_room_is_told_with_how_many_may_see_it_and_some_of_their_names(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        told = await source_of(near)
        readers = {room["name"]: room["readers"] for room in told["rooms"] if room["included"]}
        assert readers
        assert all("people" in one or "person" in one for one in readers.values())
        assert not any(one.startswith("0 people, 0 groups") for one in readers.values())
        assert not any("interaxo:user:" in one for one in readers.values())  # names, and no ids
        assert all(one.count(",") <= 4 for one in readers.values())


async def test_rooms_are_asked_for_side_by_side_and_told_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, at_once, most = inspection._audience, 0, 0

    async def counted(*of: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await ask(*of)
        finally:
            at_once -= 1

    async with estate(tmp_path, "room") as (near, _):
        before = await source_of(near)
        monkeypatch.setattr(inspection, "_audience", counted)
        told = await source_of(near)
        included = [room for room in told["rooms"] if room["included"]]
        assert most == len(included) > 1
        assert told == before


async def test_what_each_choice_exposes_is_told_when_asked_for(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        assert "choices" not in await source_of(near)
        assert set((await source_of(near, explain=True))["choices"]) == {"room", "folder", "item", "fixed"}


async def test_globs_that_fit_no_room_are_told(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__rooms=["*", "tunel*", "!archive-*"]) as (near, _):
        near.values["sources.interaxo.public_rooms"] = ["Other/*"]
        told = await source_of(near)
        assert not told["ok"]
        assert "sources.interaxo.rooms: 'tunel*' matches no room. " in told["message"], (
            "each problem is a sentence"
        )
        assert "sources.interaxo.public_rooms: 'Other/*' matches no room" in told["message"]
        assert "archive" not in told["message"]


async def test_what_is_wrong_with_a_source_is_told_first_and_nothing_against_it(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__rooms=["*", "tunel*"]) as (near, _):
        given = {
            "kind": "interject",
            "id_prefix": "ij",
            "exports": [str(tmp_path / "none")],
            "identities": ["all"],
        }
        near.values |= {f"sources.reports.{key}": one for key, one in given.items()}
        told = (await inspect(near.app(), now=near.clock()))["sources"]
    assert told["interaxo"]["message"].startswith(
        "sources.interaxo.rooms: 'tunel*' matches no room. Signed in"
    )
    assert "could not be read" in told["reports"]["message"].split("looked for")[0]
    assert "Can be read" not in told["reports"]["message"]
    assert (told["interaxo"]["ok"], told["reports"]["ok"]) == (False, False)


async def test_a_target_that_no_source_goes_to_is_told(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near:
        near.values["sources.interaxo.target"] = "intranet"
        for key in ("base_url", "tenant", "app_id", "api_key"):
            near.values[f"targets.other.{key}"] = near.values[f"targets.intranet.{key}"]
        near.values["targets.other.app_id"] = 48
        told = await inspect(near.app(), now=near.clock())
        assert not told["ok"]
        assert told["targets"]["intranet"]["ok"]
        assert "no source belongs to it" in told["targets"]["other"]["message"]


async def test_readers_that_cannot_be_started_are_told_as_each_file_without_text_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path) as near:
        assert (await inspect(near.app(), now=near.clock()))["here"] == {"ok": True, "problems": []}
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        told = await inspect(near.app(), now=near.clock())
    (problem,) = told["here"]["problems"]
    assert not told["ok"]
    assert "No reader can be started, so files are found by their names only" in problem
    assert str(tmp_path / "python") in problem


async def test_the_next_step_is_told_when_all_is_well(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        told = await inspect(near.app(), now=near.clock())
        assert (told["ok"], "connector backfill" in told["next"]) == (True, True)
        near.values["targets.intranet.api_key"] = "wrong-key-7a1b"
        told = await inspect(near.app(), now=near.clock())
        assert (told["ok"], told["next"]) == (False, "")


@pytest.mark.parametrize(
    ("told", "ahead"),
    [(formatdate(1_000, usegmt=True), 500.0), ("", 0.0), ("yesterday", 0.0), ("Mon, 99 Xyz 2026 99:99", 0.0)],
)
def test_a_date_header_tells_how_far_our_clock_is_ahead(told: str, ahead: float) -> None:
    assert Dated("", told, 1_500.0).ahead_s == ahead


@pytest.mark.parametrize(("seconds", "words"), [(90, "90 s ahead of"), (-90, "90 s behind"), (30, "")])
async def test_a_clock_that_is_off_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, words: str
) -> None:
    async with neighbourhood(tmp_path) as near:
        dated = formatdate(near.clock.now - seconds, usegmt=True)
        real = AiohttpTransport.fetch

        async def fetch(transport: AiohttpTransport, call: Call) -> Reply:
            reply = await real(transport, call)
            return Reply(reply.status, reply.body, {**reply.headers, "date": dated})

        monkeypatch.setattr(AiohttpTransport, "fetch", fetch)
        told = (await inspect(near.app(), now=near.clock()))["targets"]["intranet"]
        assert told["ok"] is not bool(words)
        assert words in told["message"]
