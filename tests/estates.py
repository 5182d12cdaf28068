"""Small worlds of rooms for tests of runs."""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import FieldDefinition, Step

EVERYONE = [("group", "all")]


@dataclass
class Small:
    """Two rooms with every kind of item; attributes are native ids."""

    bridge: str
    tunnel: str
    drawings: str
    details: str
    plan: str
    section: str
    site: str
    see: str
    rfis: str
    rfi: str
    photo: str
    reviews: str
    current: str
    superseded: str
    old_attachment: str
    report: str


def furnish_small(world: InteraxoWorld) -> Small:
    """About twenty items in two rooms."""
    world.add_community("example-corp", "Example Corp")
    world.add_group("example-corp", "all", "All participants")
    world.add_group("example-corp", "few", "A few")
    world.add_person("example-corp", "kari@example.com", "Kari Nordmann", "kari@example.com", groups=["all"])
    bridge = world.add_room(
        "example-corp",
        "bridge",
        "The Bridge",
        workspace=("infra", "Infrastructure"),
        description="A bridge over the sound",
        metadata={"project_ref": ("Project", "P-17")},
        authorities=EVERYONE,
    )
    drawings = world.add_folder(bridge, "Drawings")
    details = world.add_folder(drawings, "Details")
    plan = world.add_file(drawings, "plan.pdf", content=b"%PDF-1.4 plan")
    section = world.add_file(details, "section.txt", content=b"a section")
    site = world.add_external_link(drawings, "Site", url="https://example.com/site")
    see = world.add_internal_link(drawings, "See also", destination=section)
    rfis = world.add_active_folder(
        bridge,
        "RFIs",
        fields=[
            FieldDefinition("Title", "string", entry_title=True),
            FieldDefinition("Amount", "numeric"),
            FieldDefinition("Due", "date"),
            FieldDefinition("Discipline", "list", options=("Steel", "Concrete"), multiple=True),
            FieldDefinition("Question", "rich-text"),
            FieldDefinition("Responsible", "member", multiple=True),
            FieldDefinition("Number", "auto-number"),
        ],
    )
    rfi = world.add_entry(
        rfis,
        "RFI one",
        values={
            "Title": "Which bolts?",
            "Amount": 12350,
            "Due": "2026-12-24",
            "Discipline": ["Steel", "Concrete"],
            "Question": "<p>Which <b>bolts</b> go into the flange?</p>",
            "Responsible": [
                {"type": "user", "id": "kari@example.com"},
                {"type": "group", "id": "all", "name": "All participants"},
            ],
        },
    )
    photo = world.add_file(rfi, "photo.jpg", content=b"\xff\xd8\xff\xe0jpeg", mime_type="image/jpeg")
    reviews = world.add_workflow_folder(
        bridge,
        "Reviews",
        fields=[FieldDefinition("Name", "string", entry_title=True)],
        steps=[Step("New"), Step("Published", publish=True), Step("Superseded", historical=True)],
    )
    current = world.add_entry(
        reviews, "Method statement B", values={"Name": "Method statement B"}, step="Published"
    )
    superseded = world.add_entry(
        reviews, "Method statement A", values={"Name": "Method statement A"}, step="Superseded"
    )
    old_attachment = world.add_file(superseded, "a.txt", content=b"old")
    tunnel = world.add_room("example-corp", "tunnel", "Tunnel", authorities=EVERYONE)
    report = world.add_file(tunnel, "report.txt", content=b"a report")
    return Small(
        bridge,
        tunnel,
        drawings,
        details,
        plan,
        section,
        site,
        see,
        rfis,
        rfi,
        photo,
        reviews,
        current,
        superseded,
        old_attachment,
        report,
    )
