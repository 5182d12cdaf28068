"""The tunnel project, in Swedish and English: instruments, questions, and documents under review."""

from dataclasses import dataclass

from connector.sandbox.estate.authors import COMMUNITY, KARI, MAEVE, ORJAN, Author
from connector.sandbox.interaxo import FieldDefinition, InteraxoWorld, Step


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Ids of the room's root and of what the demo changes."""

    root: str
    piezometer: str
    procedure_02: str
    procedure_03: str


def furnish_tunnel(world: InteraxoWorld) -> Tunnel:
    """Add the room with all its content."""
    orjan, maeve, kari = Author(world, ORJAN), Author(world, MAEVE), Author(world, KARI)
    root = world.add_room(
        COMMUNITY,
        "kustbanan-adalen",
        "Kustbanan: tunnel Ådalen",
        workspace=("samferdsel", "Samferdsel"),
        description="Single-track railway tunnel, 2.6 km, with portals at Västanå and Österby",
        metadata={"project_number": ("Projektnummer", "N-1057"), "municipality": ("Kommun", "Ådalen")},
        authorities=[("group", "g-bane"), ("group", "g-ledelse"), ("user", MAEVE)],
        author=KARI,
    )

    geotechnics = orjan.folder(root, "Geotechnics")
    section = orjan.folder(orjan.folder(geotechnics, "Instrumentation"), "Section 4+200")
    piezometer = orjan.file(section, "kustbanan/piezometer-pz-07.xlsx", "Piezometer readings PZ-07")
    orjan.file(section, "kustbanan/inclinometer-4-200.pdf", "Inclinometer report 4+200")
    curtain = orjan.file(geotechnics, "kustbanan/grout-curtain-design.docx", "Design note grout curtain")
    orjan.file(geotechnics, "kustbanan/ground-investigation.pdf", "Ground investigation summary")

    papers = orjan.folder(root, "Handlingar")
    orjan.file(papers, "kustbanan/bergteknisk-beskrivning.docx", "Bergteknisk beskrivning")
    orjan.file(papers, "kustbanan/vibrationskontroll.pdf", "Vibrationskontroll augusti")
    orjan.file(papers, "kustbanan/kontrollprogram-grundvatten.html", "Kontrollprogram grundvatten")
    world.add_internal_link(papers, "Tätning vid Västanå", destination=curtain, author=ORJAN)

    meetings = kari.folder(root, "Möten")
    kari.file(meetings, "kustbanan/byggmote-9.docx", "Protokoll byggmöte 9")
    kari.file(meetings, "kustbanan/riskgenomgang.pptx", "Riskgenomgång hösten 2026")

    systems = maeve.folder(root, "Rail systems")
    maeve.file(systems, "kustbanan/slab-track.pptx", "Slab track, options and choice")
    maeve.file(systems, "kustbanan/cable-schedule.csv", "Signal cable schedule")
    world.add_external_link(
        systems, "Supplier of the slabs", url="https://slabs.example/catalogue", author=MAEVE
    )

    questions = world.add_active_folder(
        root,
        "RFIs",
        fields=[
            FieldDefinition("Number", "auto-number"),
            FieldDefinition("Subject", "string", mandatory=True, entry_title=True),
            FieldDefinition("Status", "list", options=["Open", "Answered"]),
            FieldDefinition("Question", "rich-text"),
            FieldDefinition("Needed by", "date"),
            FieldDefinition("Cost effect", "numeric"),
            FieldDefinition("Asked of", "member", multiple=True),
        ],
        author=KARI,
    )
    arches = orjan.entry(
        questions,
        {
            "Subject": "Arch spacing under Lillån",
            "Status": "Open",
            "Question": "<p>Rock cover is <em>8.7 m</em>. May girders stand 1.2 m apart in class IV?</p>",
            "Needed by": "2026-09-24",
            "Cost effect": 310_000_00,
            "Asked of": ("user", MAEVE),
        },
    )
    orjan.file(arches, "kustbanan/mail-lillan.eml", "Mail about probe holes")
    drainage = maeve.entry(
        questions,
        {
            "Subject": "Drainage of the invert",
            "Status": "Answered",
            "Question": "<p>Do seepage and wash water share a pipe? <b>No</b>: see the note.</p>",
            "Needed by": "2026-08-28",
            "Cost effect": 0,
            "Asked of": ("group", "g-bane"),
        },
    )
    maeve.file(drainage, "kustbanan/drainage-note.txt", "Drainage of the invert")

    review = world.add_workflow_folder(
        root,
        "Document review",
        fields=[
            FieldDefinition("Title", "string", mandatory=True, entry_title=True),
            FieldDefinition("Document number", "string", unique=True),
            FieldDefinition("Revision", "string", revision_field=True),
            FieldDefinition("Discipline", "list", options=["Geotechnics", "Structures", "Track", "Safety"]),
            FieldDefinition("Review hours", "numeric"),
            FieldDefinition("Due", "date"),
            FieldDefinition("Remarks", "rich-text"),
            FieldDefinition("Reviewer", "member"),
        ],
        steps=[
            Step("New"),
            Step("In review", final_step=True),
            Step("Published", publish=True),
            Step("Superseded", historical=True),
        ],
        features=["main-document", "revisioning"],
        author=KARI,
    )
    documents = {
        (number, revision): orjan.entry(
            review,
            {
                "Title": title,
                "Document number": number,
                "Revision": revision,
                "Discipline": discipline,
                "Review hours": hours,
                "Due": due,
                "Remarks": remarks,
                "Reviewer": ("user", MAEVE),
            },
            step,
        )
        for number, revision, title, discipline, hours, due, remarks, step in (
            (
                "T-310",
                "01",
                "Arbetsberedning sprutbetong",
                "Safety",
                400,
                "2026-03-13",
                "<p>Ersatt.</p>",
                "Superseded",
            ),
            (
                "T-310",
                "02",
                "Arbetsberedning sprutbetong",
                "Safety",
                350,
                "2026-05-22",
                "<p>Gäller.</p>",
                "Published",
            ),
            (
                "T-310",
                "03",
                "Arbetsberedning sprutbetong",
                "Safety",
                275,
                "2026-09-25",
                "<p>Ny metod.</p>",
                "In review",
            ),
            (
                "T-120",
                "A",
                "Portal east",
                "Structures",
                1250,
                "2026-10-09",
                "<p>Check <b>drainage</b>.</p>",
                "New",
            ),
            (
                "T-450",
                "B",
                "Ventilation",
                "Safety",
                800,
                "2026-10-02",
                "<p>Avvaktar räddningstjänsten.</p>",
                "In review",
            ),
            (
                "T-520",
                "A",
                "Overhead line layout",
                "Track",
                625,
                "2026-08-14",
                "<p>No remarks.</p>",
                "Published",
            ),
        )
    }
    for key, path, name in (
        (("T-310", "02"), "kustbanan/sprutbetong-rev-02.docx", "T-310 rev 02"),
        (("T-310", "03"), "kustbanan/sprutbetong-rev-03.docx", "T-310 rev 03"),
        (("T-120", "A"), "kustbanan/portal-east.pdf", "T-120 Portal east"),
        (("T-450", "B"), "kustbanan/ventilation-brandgas.pdf", "T-450 Ventilation"),
        (("T-520", "A"), "kustbanan/catenary-layout.pdf", "T-520 Overhead line"),
    ):
        world.set_main_document(documents[key], orjan.file(documents[key], path, name))
    return Tunnel(
        root=root,
        piezometer=piezometer,
        procedure_02=documents["T-310", "02"],
        procedure_03=documents["T-310", "03"],
    )
