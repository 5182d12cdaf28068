"""Who fills the sample rooms: the invented people, their groups, and how one of them adds content."""

from dataclasses import dataclass
from pathlib import Path

from connector.sandbox.interaxo import InteraxoWorld

FILES = Path(__file__).parent / "files"
COMMUNITY = "nordbru.example"

KARI = "kari.nordlie@nordbru.example"
ASE = "ase.bjornstad@nordbru.example"
ORJAN = "orjan.sjoberg@nordbru.example"
PER = "per.lund@lundstal.example"
MAEVE = "maeve.donnelly@fairlough.example"
INGEBORG = "ingeborg.hakonsen@nordbru.example"

GROUPS = {
    "g-bru": "Bruprosjektet",
    "g-bane": "Tunnelprojektet",
    "g-ledelse": "Prosjektledelsen",
    "g-stal": "Lund Stålmontasje",
    "g-styret": "Styret",
}
PEOPLE: dict[str, tuple[str, list[str]]] = {
    KARI: ("Kari Nordlie", ["g-bru", "g-bane", "g-ledelse"]),
    ASE: ("Åse Bjørnstad", ["g-bru"]),
    ORJAN: ("Örjan Sjöberg", ["g-bane"]),
    PER: ("Per Lund", ["g-stal"]),
    MAEVE: ("Maeve Donnelly", []),
    INGEBORG: ("Ingeborg Håkonsen", ["g-styret"]),
}
"""By id, which here is also the e-mail address: name and groups."""

MIME_TYPES = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Authorities = list[tuple[str, str]]
Values = dict[str, str | int | list[str] | tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who fills a room; the connector learns of people by what they made."""

    world: InteraxoWorld
    person: str

    def folder(self, parent: str, name: str, authorities: Authorities | None = None) -> str:
        """Add a simple folder, with a list of its own where `authorities` are given."""
        folder = self.world.add_folder(parent, name, author=self.person)
        if authorities is not None:
            self.world.set_authorities(folder, authorities)
        return folder

    def file(self, parent: str, path: str, name: str) -> str:
        """Add a file of the estate; `name` is without the ending, which is taken from `path`."""
        content = FILES / path
        mime_type = MIME_TYPES[content.suffix]
        return self.world.add_file(parent, name + content.suffix, content, mime_type, author=self.person)

    def entry(self, folder: str, values: Values, step: str | None = None) -> str:
        """Add an entry named by the first of its values; numbers are hundredths, 42_500_00 being 42,500."""
        name = str(next(iter(values.values())))
        return self.world.add_entry(folder, name, values, step, author=self.person)
