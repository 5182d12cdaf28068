"""The bridge project, in Norwegian: nested folders, a closed one, and an active folder of deviations."""

from dataclasses import dataclass

from connector.sandbox.estate.authors import ASE, COMMUNITY, KARI, MAEVE, PER, Author, Authorities
from connector.sandbox.interaxo import FieldDefinition, InteraxoWorld


@dataclass(frozen=True, slots=True)
class Bridge:
    """Ids of the room's root and of what the demo changes."""

    root: str
    management: str
    drawings: str
    environment: str
    obsolete_note: str
    quay_agreement: str
    crack: str


def furnish_bridge(world: InteraxoWorld) -> Bridge:
    """Add the room with all its content."""
    kari, ase, per = Author(world, KARI), Author(world, ASE), Author(world, PER)
    staff: Authorities = [("group", "g-bru"), ("group", "g-ledelse")]
    root = world.add_room(
        COMMUNITY,
        "orland-bru",
        "Ørland bru",
        workspace=("samferdsel", "Samferdsel"),
        description="Ny fastlandsforbindelse med bru, landkar og tilførselsvei",
        metadata={"project_number": ("Prosjektnummer", "N-1042"), "municipality": ("Kommune", "Ørland")},
        authorities=[*staff, ("group", "g-stal"), ("user", MAEVE)],
        author=KARI,
    )

    management = kari.folder(root, "01 Prosjektstyring", staff)
    kari.file(management, "orland/prosjekthandbok.docx", "Prosjekthåndbok")
    kari.file(management, "orland/framdriftsplan.xlsx", "Framdriftsplan uke 38")
    kari.file(management, "orland/byggherremote-14.docx", "Referat byggherremøte 14")
    world.add_external_link(
        management, "Værvarsel for Ørland", url="https://vaer.example/orland", author=KARI
    )

    drawings = ase.folder(root, "02 Tegninger")
    ase.file(drawings, "orland/perspektiv-fra-ost.png", "Perspektiv fra øst")
    axis_1 = ase.folder(ase.folder(drawings, "Landkar"), "Akse 1")
    overview = ase.file(axis_1, "orland/k-101-landkar.pdf", "K-101 Landkar akse 1, oversikt")
    ase.file(axis_1, "orland/k-102-peler.pdf", "K-102 Peler og fundament akse 1")
    ase.file(axis_1, "orland/pelelogg-akse-1.csv", "Pelelogg akse 1")
    superstructure = ase.folder(drawings, "Overbygning")
    ase.file(superstructure, "orland/fritt-frambygg-etappe-7.pdf", "Fritt frambygg, etappe 7")

    environment = ase.folder(root, "03 Miljø", [*staff, ("user", MAEVE)])
    river = ase.folder(environment, "Sørelva")
    ase.file(river, "orland/fiskepassasje-sorelva.pdf", "Fiskepassasje i Sørelva")
    ase.file(river, "orland/turbiditet-sorelva.csv", "Turbiditet i Sørelva, august")
    ase.file(environment, "orland/ytre-miljoplan.html", "Ytre miljøplan")
    ase.file(environment, "orland/alegras-kartlegging.docx", "Kartlegging av ålegras")
    obsolete = ase.file(environment, "orland/kaianlegg-midlertidig.pdf", "Midlertidig kaianlegg")

    safety = per.folder(root, "04 Sikkerhet")
    per.file(safety, "orland/sja-tungloft.docx", "SJA tungløft av forskalingsvogn")
    per.file(safety, "orland/beredskapsplan.pdf", "Beredskapsplan")
    per.file(safety, "orland/vernerunde-uke-37.txt", "Vernerunde uke 37")

    contract = kari.folder(root, "05 Kontrakt og økonomi", [("group", "g-ledelse")])
    kari.file(contract, "orland/endringsmelding-12.docx", "Endringsmelding 12")
    kari.file(contract, "orland/okonomirapport-august.xlsx", "Økonomirapport august")
    agreement = kari.file(contract, "orland/avtale-kommunal-kai.docx", "Avtale om kommunal kai")
    world.add_internal_link(contract, "Tegningen som endringen gjelder", destination=overview, author=KARI)

    deviations = world.add_active_folder(
        root,
        "Avvik",
        fields=[
            FieldDefinition("Nummer", "auto-number"),
            FieldDefinition("Tittel", "string", mandatory=True, entry_title=True),
            FieldDefinition("Status", "list", options=["Åpen", "Under utbedring", "Lukket"]),
            FieldDefinition(
                "Gjelder", "list", options=["Betong", "Stål", "Ytre miljø", "SHA"], multiple=True
            ),
            FieldDefinition("Kostnad", "numeric"),
            FieldDefinition("Frist", "date"),
            FieldDefinition("Årsak og tiltak", "rich-text"),
            FieldDefinition("Ansvarlig", "member"),
            FieldDefinition("Utføres av", "member"),
        ],
        features=["main-document"],
        author=KARI,
    )
    crack = ase.entry(
        deviations,
        {
            "Tittel": "Riss i kantdrager",
            "Status": "Åpen",
            "Gjelder": ["Betong"],
            "Kostnad": 42_500_00,
            "Frist": "2026-10-02",
            "Årsak og tiltak": "<p>Sju riss på tvers, <b>0,1 til 0,3 mm</b>. Årsaken undersøkes.</p>",
            "Ansvarlig": ("user", ASE),
            "Utføres av": ("group", "g-bru"),
        },
    )
    picture = ase.file(crack, "orland/riss-kantdrager.png", "Riss i kantdrager")
    ase.file(crack, "orland/epost-riss.eml", "E-post om riss")
    world.set_main_document(crack, picture)
    world.add_comment(crack, "<p>Injiser og gå videre, men ta en prøvekjerne.</p>", author=MAEVE)
    per.entry(
        deviations,
        {
            "Tittel": "Feil bolteklasse i rekkverksstolper",
            "Status": "Under utbedring",
            "Gjelder": ["Stål", "SHA"],
            "Kostnad": 18_750_50,
            "Frist": "2026-10-15",
            "Årsak og tiltak": "<p>Levert 8.8.</p><ul><li>Bytt til 10.9</li><li>Merk stolper</li></ul>",
            "Ansvarlig": ("user", PER),
            "Utføres av": ("group", "g-stal"),
        },
    )
    kari.entry(
        deviations,
        {
            "Tittel": "Grumset vann nedstrøms kulverten",
            "Status": "Lukket",
            "Gjelder": ["Ytre miljø"],
            "Kostnad": 0,
            "Frist": "2026-08-05",
            "Årsak og tiltak": "<p>Graving i regnvær. Halmballer lagt ut, arbeidet stanset i to timer.</p>",
            "Ansvarlig": ("user", KARI),
            "Utføres av": ("group", "g-bru"),
        },
    )
    return Bridge(
        root=root,
        management=management,
        drawings=drawings,
        environment=environment,
        obsolete_note=obsolete,
        quay_agreement=agreement,
        crack=crack,
    )
