"""The board's room, in Norwegian: small, and nobody outside the board sees it."""

from connector.sandbox.estate.authors import COMMUNITY, INGEBORG, Author
from connector.sandbox.interaxo import FieldDefinition, InteraxoWorld


def furnish_board(world: InteraxoWorld) -> str:
    """Add the room and return its root's id."""
    ingeborg = Author(world, INGEBORG)
    root = world.add_room(
        COMMUNITY,
        "styrerom",
        "Styrerom Nordbru",
        workspace=("ledelse", "Ledelse"),
        description="Styrets papirer, bare for styret",
        metadata={"owner": ("Eier", "Ingeborg Håkonsen")},
        authorities=[("group", "g-styret")],
        author=INGEBORG,
    )
    year = ingeborg.folder(ingeborg.folder(root, "Styremøter"), "2026")
    ingeborg.file(ingeborg.folder(year, "Møte 4"), "styret/protokoll-mote-4.pdf", "Protokoll styremøte 4")
    ingeborg.file(ingeborg.folder(year, "Møte 5"), "styret/innkalling-mote-5.docx", "Innkalling styremøte 5")
    strategy = ingeborg.folder(root, "Strategi")
    ingeborg.file(strategy, "styret/oppkjop-vestfjord.pptx", "Prosjekt Havørn")
    ingeborg.file(strategy, "styret/risikobilde.xlsx", "Risikobilde for konsernet")
    ingeborg.file(root, "styret/vedtekter.txt", "Vedtekter")

    matters = world.add_active_folder(
        root,
        "Styresaker",
        fields=[
            FieldDefinition("Sak", "string", mandatory=True, entry_title=True),
            FieldDefinition("Møtedato", "date"),
            FieldDefinition("Vedtak", "rich-text"),
        ],
        author=INGEBORG,
    )
    pay = ingeborg.entry(
        matters, {"Sak": "24 Lønnsoppgjør for ledelsen", "Møtedato": "2026-09-29", "Vedtak": "<p>Utsatt.</p>"}
    )
    ingeborg.file(pay, "styret/lonnsoppgjor.docx", "Notat om lønnsoppgjør")
    ingeborg.entry(
        matters, {"Sak": "17 Utbyttepolitikk", "Møtedato": "2026-06-16", "Vedtak": "<p>Høyst 40 prosent.</p>"}
    )
    return root
