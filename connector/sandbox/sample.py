"""
The sample estate of the demo: three rooms of an invented contractor, put into an `InteraxoWorld`.

`furnish` fills the world, `Estate.edits` are the changes that the demo makes afterwards, and
`Estate.searches` what to look for before and after them. The rooms stand in estate/, one module each, with
the files that tools/make_estate.py makes of estate/manuscripts.toml. All of it is invented.

All rights stand on rooms and folders; a folder's own list is always part of its room's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from connector.sandbox.estate.authors import (
    ASE,
    COMMUNITY,
    FILES,
    GROUPS,
    INGEBORG,
    KARI,
    MAEVE,
    ORJAN,
    PEOPLE,
    PER,
    Author,
)
from connector.sandbox.estate.board import furnish_board
from connector.sandbox.estate.bridge import Bridge, furnish_bridge
from connector.sandbox.estate.tunnel import Tunnel, furnish_tunnel
from connector.sandbox.interaxo import IDENTITY, InteraxoWorld
from connector.sandbox.interject import LibraryWorld, add_report


class DemoPerson(NamedTuple):
    """Somebody who can search: `identities` are written as the connector's documents write them."""

    email: str
    name: str
    identities: list[str]


@dataclass(frozen=True, slots=True)
class DemoSearch:
    """A search worth showing; `found_...` say whether it finds anything before and after the edits."""

    words: str
    person: str
    note: str
    found_before: bool
    found_after: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to the estate, with the narrator's words for it."""

    words: str
    perform: Callable[[], object]


SEARCHES = [
    DemoSearch("piezometer", ORJAN, "a word inside the cells of a spreadsheet", True, True),
    DemoSearch("grout curtain", MAEVE, "an outside reviewer, named in the room one by one", True, True),
    DemoSearch("fiskepassasje", ASE, "a PDF in the bridge room", True, True),
    DemoSearch("fiskepassasje", ORJAN, "the same words: the bridge room is not his", False, False),
    DemoSearch("sluttprognose", KARI, "the money folder, open to the project management", True, True),
    DemoSearch(
        "sluttprognose", PER, "the subcontractor is in the room, but not in that folder", False, False
    ),
    DemoSearch("oppkjøp asgardstrand", INGEBORG, "the board room; å may be typed as a", True, True),
    DemoSearch("oppkjøp asgardstrand", KARI, "a project manager is not on the board", False, False),
    DemoSearch("vannmiljø", ASE, "the folder's new name, found on everything in it", False, True),
    DemoSearch("epoksyharpiks", PER, "the cause, written into the non-conformity", False, True),
    DemoSearch("rissinjisering", MAEVE, "the inspection report that was added", False, True),
    DemoSearch("fenderverk", ASE, "a note, deleted in step 2", True, False),
    DemoSearch("artesian", ORJAN, "a word that only the new version has", False, True),
    DemoSearch("torrsprutning", MAEVE, "revision 02, which revision 03 replaces", True, False),
    DemoSearch("kaivederlag", ASE, "the agreement that left the closed folder", False, True),
]


OFFICE = "eva.beheer@voorbeeld.test"
OWN_ONLY = "olaf.eigen@voorbeeld.test"
OFFICE_SEARCHES = [
    DemoSearch("selectie adviseur", OFFICE, "a test session in ITR, opened in its web client", True, True),
    DemoSearch("selectie adviseur", KARI, "the same words: ITR is not hers", False, False),
    DemoSearch("selectie adviseur", OWN_ONLY, "he manages it", True, True),
    DemoSearch("assessment teamleider", OFFICE, "a session that she manages", True, True),
    DemoSearch("assessment teamleider", OWN_ONLY, "he may see only his own", False, False),
]
"""Of the records that the simulated ITR has from the beginning."""
LIBRARY_SEARCHES = [
    DemoSearch("prosjektregnskap", PER, "a report of Interject's library, opened in Excel", True, True),
    DemoSearch("lønnskostnader", KARI, "a folder of the library that her role sees", True, True),
    DemoSearch("lønnskostnader", PER, "his role does not see that folder", False, False),
    DemoSearch("kontantstrøm", KARI, "the report that the new export lists", False, True),
]
"""Of the report library, whose exports lie in a folder."""


@dataclass(frozen=True, slots=True)
class Estate:
    """The furnished rooms, by the ids that the edits need."""

    world: InteraxoWorld = field(compare=False)
    bridge: Bridge
    tunnel: Tunnel
    board: str

    @property
    def searches(self) -> list[DemoSearch]:
        """What to search for in the rooms, before and after the edits."""
        return list(SEARCHES)

    @property
    def tour(self) -> list[DemoSearch]:
        """What the demo searches for: in the rooms, and in the records that stand beside them."""
        return [*SEARCHES, *OFFICE_SEARCHES, *LIBRARY_SEARCHES]

    @property
    def begins(self) -> tuple[str, str]:
        """What there is at first, in the narrator's words: who, and in which systems."""
        items = len(self.world.items())
        return (
            "Three rooms of a construction company",
            " (simulated Interaxo), the test records of a psychologists' office (simulated ITR), a report library (exports of "
            f"Interject) and an intranet (simulated Interact), over real HTTP.\n  {items} items: folders, entries with fields, files, links\n",
        )

    def library_edits(self, library: LibraryWorld, folder: Path) -> list[Edit]:
        """What changes in the report library: one more report, and both exports made anew."""

        def export_anew() -> None:
            add_report(library)
            library.export(folder)

        return [
            Edit("A report on cash flow is added to the report library, which is exported anew", export_anew)
        ]

    def edits(self) -> list[Edit]:
        """The changes of the demo, each once and in this order."""

        world = self.world

        def publish_revision_03() -> None:
            world.move_step(self.tunnel.procedure_02, "Superseded")
            world.move_step(self.tunnel.procedure_03, "Published")

        def close_non_conformity() -> None:
            cause = (
                "<p>Plastisk svinn. Rissene er fylt med <b>epoksyharpiks</b>, prøvekjernen er godkjent.</p>"
            )
            world.edit_entry(self.bridge.crack, {"Status": "Lukket", "Årsak og tiltak": cause})

        return [
            Edit(
                "The folder “03 Miljø” is renamed “03 Vannmiljø og naturmangfold”, with all that is in it",
                lambda: world.rename(self.bridge.environment, "03 Vannmiljø og naturmangfold"),
            ),
            Edit(
                "The non-conformity “Riss i kantdrager” is closed, and its cause is written down",
                close_non_conformity,
            ),
            Edit(
                "An inspection report is added to the drawings of the bridge",
                lambda: Author(world, ASE).file(
                    self.bridge.drawings, "orland/tilsynsrapport-uke-39.pdf", "Tilsynsrapport uke 39"
                ),
            ),
            Edit(
                "The note on the temporary quay is deleted",
                lambda: world.remove(self.bridge.obsolete_note),
            ),
            Edit(
                "The piezometer readings get a new version",
                lambda: world.new_version(
                    self.tunnel.piezometer, FILES / "kustbanan/piezometer-pz-07-v2.xlsx"
                ),
            ),
            Edit(
                "Revision 03 of a working procedure is published, and revision 02 becomes history",
                publish_revision_03,
            ),
            Edit(
                "The agreement on the quay moves from the closed money folder to the project's own",
                lambda: world.move(self.bridge.quay_agreement, self.bridge.management),
            ),
        ]


def furnish(world: InteraxoWorld) -> Estate:
    """Add the community, its people and the three rooms to a world that does not have them."""
    world.live_fields = True
    world.add_community(COMMUNITY, "Nordbru Anlegg")
    for group, name in GROUPS.items():
        world.add_group(COMMUNITY, group, name)
    for person, (name, groups) in PEOPLE.items():
        world.add_person(COMMUNITY, person, name, person, groups=groups)
    return Estate(world, furnish_bridge(world), furnish_tunnel(world), furnish_board(world))


def people(world: InteraxoWorld, source: str) -> list[DemoPerson]:
    """
    The people who can search, each with the identities that a source of this name gives them.

    An identity is `<source>:user:<id>` or `<source>:group:<community>/<group id>`, in lower case. The
    connector's own identity is left out.
    """
    return [
        DemoPerson(
            person.email,
            person.name,
            [
                f"{source}:user:{person.id}".lower(),
                *(f"{source}:group:{community}/{group}".lower() for group in person.groups),
            ],
        )
        for (community, _), person in world.people.items()
        if person.id != IDENTITY
    ]
