"""The worlds of our own sources, as the suite of `connector.conformance` edits and breaks them."""

from __future__ import annotations

import copy
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connector.conformance.world import NotPlayable, Now, Trouble
from connector.sandbox.faults import CUT_JSON, HTML_200, LIST_200, RESET_BEFORE, Fault, How, Status
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.itr import CLIENT
from connector.sandbox.run import Neighbours, open_sandbox
from tests.sources.interject_library import HELP, Link, report_list, table

EVERYBODY = [("group", "all"), ("group", "few")]


class RoomsWorld:
    """One room of Interaxo; items are files in one of two folders, each with a list of its own."""

    insider, outsider = "anna@example.com", "ola@example.com"
    rights_in_listing = False

    def __init__(self, neighbours: Neighbours, folder: Path) -> None:
        self._wire, self._rooms = neighbours.wire, neighbours.interaxo
        self.identities: dict[str, list[str]] = {}
        (folder / "people.csv").write_text(
            f"id,email\nanna,{self.insider}\nola,{self.outsider}\n", encoding="utf-8"
        )
        given = neighbours.settings().items()
        self.table: dict[str, Any] = {
            key.removeprefix("sources.interaxo."): value
            for key, value in given
            if key.startswith("sources.interaxo.")
        }
        self.table |= {
            "kind": "interaxo", "id_prefix": "ix", "permissions": "item", "content": False, "concurrency": 2,
            "people": "people.csv", "web_url": "https://ix.example.com/{community}/{room}/documentLibrary/{id}",
        }  # fmt: skip
        root = self._rooms.add_room("example-corp", "bridge", "The Bridge", authorities=EVERYBODY)
        self._shelf, self._other = (self._rooms.add_folder(root, name) for name in ("Shelf", "Other"))
        self._rooms.add_file(self._other, "always there.txt")

    def add(self, word: str) -> str:
        return self._rooms.add_file(self._shelf, f"The {word}.txt", content=b"x")

    def rename(self, item: str, word: str) -> None:
        self._rooms.rename(item, f"The {word}.txt")

    def move(self, item: str) -> None:
        self._rooms.move(item, self._other)

    def remove(self, item: str) -> None:
        self._rooms.remove(item)

    def hide(self, item: str) -> None:
        self._rooms.set_authorities(item, [("group", "few")])

    def add_odd(self) -> None:
        self._rooms.add_external_link(self._shelf, "\x00\u202e", url="javascript:alert(1)")

    def break_by(self, trouble: Trouble) -> None:
        children, rights = "GET *children", "GET *mentionable-authorities"
        ways: dict[Trouble, tuple[str, How]] = {
            Trouble.DOWN: ("*", RESET_BEFORE),
            Trouble.REFUSED: ("*oauth/token*", Status(401)),
            Trouble.EMPTY: (children, LIST_200),
            Trouble.HALF: (children, CUT_JSON),
            Trouble.STRANGE: ("GET *", HTML_200),
            Trouble.NO_RIGHTS: (rights, Status(403)),
        }
        match, how = ways[trouble]
        self._wire.add(Fault(match, how, times=None))

    def mend(self) -> None:
        self._wire.clear()

    def publish(self) -> None:
        """It is served as it is."""


def _furnish(world: InteraxoWorld) -> None:
    world.add_community("example-corp", "Example Corp")
    world.add_group("example-corp", "all", "All")
    world.add_group("example-corp", "few", "A few")
    world.add_person("example-corp", "anna", "Anna", RoomsWorld.insider, groups=["all", "few"])
    world.add_person("example-corp", "ola", "Ola", RoomsWorld.outsider, groups=["all"])


@asynccontextmanager
async def interaxo_world(folder: Path) -> AsyncIterator[RoomsWorld]:
    """A simulated Interaxo."""
    async with open_sandbox(_furnish) as neighbours:
        yield RoomsWorld(neighbours, folder)


class OfficeWorld:
    """An office that works with ITR; items are sessions, which somebody who may see only his own manages."""

    insider, outsider = "eva.beheer@voorbeeld.test", "olaf.eigen@voorbeeld.test"
    rights_in_listing = True

    def __init__(self, neighbours: Neighbours) -> None:
        self._wire, self._itr = neighbours.wire, neighbours.itr
        self._itr.quirks.calls_per_s = self._itr.quirks.logins_per_s = None
        self.identities: dict[str, list[str]] = {}
        given = neighbours.itr_settings().items()
        self.table: dict[str, Any] = {key.removeprefix("sources.itr."): value for key, value in given}
        self.table |= {"calls_per_s": 5_000, "permissions": "company"}
        managers = {row["Email"]: row["ID"] for row in self._itr.rows("logins")}
        self._olaf = managers[self.outsider]
        self._companies = self._itr.companies
        self._kept: dict[str, dict[str, dict[str, Any]]] | None = None

    def _tables(self) -> dict[str, dict[str, dict[str, Any]]]:
        return self._itr.tables if self._kept is None else self._kept

    def add(self, word: str) -> str:
        return self._itr.add("sessions", Description=f"The {word}", ManagedByUserID=self._olaf)

    def rename(self, item: str, word: str) -> None:
        self._tables()[CLIENT]["sessions"][item]["Description"] = f"The {word}"

    def move(self, item: str) -> None:
        raise NotPlayable("records of ITR do not move")

    def remove(self, item: str) -> None:
        here, self._itr.tables = self._itr.tables, self._tables()
        self._itr.remove("sessions", item)
        self._itr.tables = here

    def hide(self, item: str) -> None:
        self._tables()[CLIENT]["sessions"][item]["ManagedByUserID"] = next(
            row["ID"] for row in self._itr.rows("logins") if row["Email"] == self.insider
        )

    def add_odd(self) -> None:
        self._itr.add("sessions", Description=None, Goal=["no", "text"], StartedAt="never", Status="x")

    def break_by(self, trouble: Trouble) -> None:
        match trouble:
            case Trouble.DOWN:
                self._wire.add(Fault("*", RESET_BEFORE, times=None))
            case Trouble.REFUSED:
                self._wire.add(Fault("*login*", Status(401), times=None))
            case Trouble.EMPTY:
                self._kept = self._itr.tables
                self._itr.tables = copy.deepcopy(self._kept)
                self._itr.shut()
                self._companies, self._itr.companies = self._itr.companies, []
            case Trouble.HALF:
                self._wire.add(Fault("GET *sessions*", CUT_JSON, times=None))
            case Trouble.STRANGE:
                self._wire.add(Fault("GET *", HTML_200, times=None))
            case Trouble.NO_RIGHTS:
                self._itr.quirks.failing = {"logins"}

    def mend(self) -> None:
        self._wire.clear()
        self._itr.quirks.failing = set()
        if self._kept is not None:
            self._itr.tables, self._kept = self._kept, None
            self._itr.companies = self._companies

    def publish(self) -> None:
        """It is served as it is."""


@asynccontextmanager
async def itr_world() -> AsyncIterator[OfficeWorld]:
    """A simulated ITR."""
    async with open_sandbox() as neighbours:
        yield OfficeWorld(neighbours)


class ExportsWorld:
    """A report library that is exported before each run; the roles of a report's own folder say who sees it."""

    insider, outsider = "anna@example.com", "ola@example.com"
    rights_in_listing = False

    def __init__(self, folder: Path, now: Now) -> None:
        self.identities: dict[str, list[str]] = {}
        self.table = {
            "kind": "interject", "id_prefix": "ij", "exports": ["imports"], "roles": "roles.csv",
            "people": "people.csv", "help_url": HELP,
        }  # fmt: skip
        self._folder, self._now = folder, now
        self._links: dict[str, Link] = {}
        self._closed: set[str] = set()
        self._odd = b""
        self._trouble: Trouble | None = None
        (folder / "imports").mkdir()

    def add(self, word: str) -> str:
        key = f"pt1:{len(self._links) + 1}"
        self._links[key] = Link(name=f"The {word}", id=key, path=f"Open\\{key[4:]}")
        return key

    def rename(self, item: str, word: str) -> None:
        self._links[item].name = f"The {word}"

    def move(self, item: str) -> None:
        self._links[item].path = "Elsewhere"

    def remove(self, item: str) -> None:
        self._links[item].id = ""

    def hide(self, item: str) -> None:
        self._closed.add(self._links[item].path)

    def add_odd(self) -> None:
        self._odd = b"pt1:x,Open,Odd,one,two,three\r\npt1:y,,,\r\n"

    def break_by(self, trouble: Trouble) -> None:
        self._trouble = trouble

    def mend(self) -> None:
        self._trouble = None

    def publish(self) -> None:
        """Export the library, the roles and the people, or what becomes of that in trouble."""
        links = [link for link in self._links.values() if link.id]
        whole = report_list([] if self._trouble is Trouble.EMPTY else links) + self._odd
        data = {Trouble.HALF: whole[: len(whole) // 2 - 1], Trouble.STRANGE: b"<html>Sign in</html>"}
        export = self._folder / "imports" / "reports.csv"
        if self._trouble is Trouble.REFUSED:
            raise NotPlayable("files have no account that could be refused")
        if self._trouble is Trouble.DOWN:
            export.unlink(missing_ok=True)
        else:
            self._write(export, data.get(self._trouble, whole) if self._trouble else whole)
        rows = [(path, "Approver") for path in sorted(self._closed)] or [("Open", "")]
        roles = table(("folder", "role"), rows)
        self._write(self._folder / "roles.csv", roles[:-4] if self._trouble is Trouble.NO_RIGHTS else roles)
        people = [(self.insider, "Approver"), (self.insider, "Standard"), (self.outsider, "Standard")]
        self._write(self._folder / "people.csv", table(("email", "role"), people))

    def _write(self, file: Path, data: bytes) -> None:
        file.write_bytes(data)
        os.utime(file, (self._now(), self._now()))


@asynccontextmanager
async def interject_world(folder: Path, now: Now) -> AsyncIterator[ExportsWorld]:
    """A folder of exports."""
    yield ExportsWorld(folder, now)
