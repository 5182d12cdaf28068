"""The whole sandbox at once: simulated Interaxo, ITR and Interact, filled, served and announced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from connector.sandbox.estate.authors import KARI, PER
from connector.sandbox.faults import Wire
from connector.sandbox.folder import add_folder_room
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.interaxo_items import IDENTITY
from connector.sandbox.interject import LibraryWorld, furnish_library
from connector.sandbox.itr import ItrWorld
from connector.sandbox.itr_http import ItrApp
from connector.sandbox.server import serve


class Ports(NamedTuple):
    """Where each neighbour listens; 0: at any free port."""

    interaxo: int = 0
    interact: int = 0
    itr: int = 0


ANY = Ports()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All servers while they run: their worlds to edit, the wire to break, and how to reach them."""

    interaxo: InteraxoWorld
    interact: InteractWorld
    wire: Wire
    interaxo_url: str
    interact_url: str
    itr: ItrWorld
    itr_url: str
    library: LibraryWorld
    library_folder: Path
    """Where the report library's exports lie while the sandbox runs."""

    def settings(self) -> dict[str, str]:
        """Addresses and made-up credentials, by the dotted path of the connector's setting."""
        return {
            "sources.interaxo.base_url": self.interaxo_url,
            "sources.interaxo.token_url": f"{self.interaxo_url}/oauth/token",
            "sources.interaxo.audience": self.interaxo.audience,
            "sources.interaxo.client_id": self.interaxo.client_id,
            "sources.interaxo.client_secret": self.interaxo.client_secret,
            "targets.intranet.base_url": self.interact_url,
            "targets.intranet.tenant": self.interact.tenant,
            "targets.intranet.app_id": str(self.interact.app_id),
            "targets.intranet.api_key": self.interact.api_key,
        }

    def itr_settings(self) -> dict[str, str]:
        """What a connector needs to read the simulated ITR as a further source."""
        return self.itr.settings(self.itr_url)

    def addresses(self) -> dict[str, str]:
        """Where each neighbour answers, by its name, and where to search."""
        return {
            "interaxo": self.interaxo_url,
            "itr": self.itr_url,
            "interact": self.interact_url,
            "search": f"{self.interact_url}/search",
        }

    def library_settings(self) -> dict[str, str | list[str]]:
        """What a connector needs to read the exports of the report library as a further source."""
        return self.library.settings(self.library_folder)

    def tour_settings(self, *, office: bool) -> dict[str, str | int | list[str]]:
        """What a connector needs to read the rooms, and the records of the office where they are asked for, too."""
        told = self.all_settings()
        if office:
            return {**told, "sources.itr.calls_per_s": 15}
        return {
            path: value for path, value in told.items() if path.startswith(("sources.interaxo.", "targets."))
        }

    def all_settings(self) -> dict[str, str | int | list[str]]:
        """Everything that a settings file for all sources needs, by dotted key; how rights are read is one choice."""
        return {
            "sources.interaxo.kind": "interaxo",
            "sources.interaxo.id_prefix": "ix",
            "sources.interaxo.permissions": "folder",
            **self.settings(),
            "sources.itr.permissions": "company",
            **self.itr_settings(),
            **self.library_settings(),
        }

    def describe(self) -> str:
        """Everything somebody needs to try the sandbox by hand, in lines."""
        people = sorted({(person.email, person.name) for person in self.interaxo.people.values()})
        lines = [
            f"Interaxo  {self.interaxo_url}/v1/communities",
            f"ITR       {self.itr_url}/api/version",
            f"Interact  {self.interact_url}/search",
            "Settings:",
            *(f"  {path} = {value}" for path, value in self.all_settings().items()),
            "Rooms:",
            *(f"  {room.community}/{room.id}  {room.name}" for room in self.interaxo.rooms.values()),
            "People to search as:",
            *(f"  {email}  {name}" for email, name in people if email != IDENTITY),
        ]
        return "\n".join(lines)


@asynccontextmanager
async def open_sandbox(
    furnish: Callable[[InteraxoWorld], object] | None = None,
    rooms: Mapping[str, Path] | None = None,
    *,
    ports: Ports = ANY,
) -> AsyncIterator[Neighbours]:
    """
    Start all servers and stop them at the end.

    Args:
        furnish: fills the Interaxo world before it is served; without it there is one person and no room.
        rooms: slug to local folder; each becomes a room of the first community, for all of its people.

    Raises:
        NotADirectoryError: one of the rooms is no folder.
        OSError: a port is taken.
    """
    interaxo, interact, itr, wire = InteraxoWorld(), InteractWorld(), ItrWorld(), Wire()
    library = LibraryWorld()
    if furnish is not None:
        furnish(interaxo)
    else:
        interaxo.add_community("example-corp", "Example Corp")
        interaxo.add_person("example-corp", "kari@example.com", "Kari Nordmann", "kari@example.com")
    home = next(iter(interaxo.communities))
    everybody = [("user", person) for community, person in interaxo.people if community == home]
    for slug, path in (rooms or {}).items():
        add_folder_room(interaxo, home, slug, slug, path, authorities=everybody)
    for person in interaxo.people.values():
        if person.id != IDENTITY:
            interact.seed_person(person.email, person.name)
    furnish_library(library, manager=KARI, worker=PER)
    async with (
        _exported(library) as folder,
        serve(InteraxoApp(interaxo), wire, ports.interaxo) as interaxo_url,
        serve(InteractApp(interact), wire, ports.interact) as interact_url,
        serve(ItrApp(itr), wire, ports.itr) as itr_url,
    ):
        yield Neighbours(interaxo, interact, wire, interaxo_url, interact_url, itr, itr_url, library, folder)


@asynccontextmanager
async def _exported(library: LibraryWorld) -> AsyncIterator[Path]:
    """A folder of a library's exports; it goes with the sandbox."""
    with TemporaryDirectory(prefix="connector-exports-") as folder:
        await asyncio.to_thread(library.export, Path(folder))
        yield Path(folder)


async def run(
    furnish: Callable[[InteraxoWorld], object] | None = None,
    rooms: Mapping[str, Path] | None = None,
    *,
    ports: Ports = ANY,
    announce: Callable[[Neighbours], None],
) -> None:
    """
    Serve the sandbox until this task is cancelled.

    Args:
        announce: called once, when all servers answer.

    Raises:
        NotADirectoryError: one of the rooms is no folder.
        OSError: a port is taken.
    """
    async with open_sandbox(furnish, rooms, ports=ports) as neighbours:
        announce(neighbours)
        await asyncio.Event().wait()
