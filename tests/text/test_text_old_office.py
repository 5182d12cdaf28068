"""Old Office: each record is read as its program shows it; what is older still is told so."""

from __future__ import annotations

import struct
from pathlib import Path

import file_makers as make
import pytest
from file_makers import read

from connector.text.reasons import Reason


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def biff8(*records: bytes) -> bytes:
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    return make.make_ole({"Workbook": begin + b"".join(records) + record(0x0A)})


def words(tmp_path: Path, content: bytes, name: str = "a.xls") -> list[str]:
    return (read(tmp_path, content, name).text or "").split()


def cell(row: int, column: int, form: int = 0) -> bytes:
    return struct.pack("<HHH", row, column, form)


def test_numbers_of_every_record_are_written_as_shown(tmp_path: Path) -> None:
    percent = record(0xE0, struct.pack("<HH", 0, 9).ljust(20, b"\0"))
    general = record(0xE0, bytes(20))
    content = biff8(
        general,
        percent,
        record(0x203, cell(0, 0) + struct.pack("<d", 12.5)),
        record(0x203, cell(0, 1, 1) + struct.pack("<d", 0.25)),
        record(0x203, cell(0, 2) + struct.pack("<d", float("nan"))),
        record(0x203, cell(0, 2) + struct.pack("<d", float("inf"))),
        record(0x27E, cell(1, 0) + struct.pack("<i", 4711 << 2 | 2)),
        record(0x27E, cell(1, 1) + struct.pack("<i", 4711 << 2 | 3)),
        record(
            0xBD,
            struct.pack("<HH", 2, 0)
            + struct.pack("<Hi", 0, 7 << 2 | 2)
            + struct.pack("<Hi", 0, 8 << 2 | 2)
            + b"\1\0",
        ),
        record(0x06, cell(3, 0) + struct.pack("<d", 99.0) + bytes(6)),
        record(0x06, cell(3, 1) + b"\1\0\1\0\0\0\xff\xff" + bytes(6)),
        record(0x06, cell(3, 2) + b"\0\0\0\0\0\0\xff\xff" + bytes(6)),
        record(0x207, b"\x09\0\0" + b"words"),
        record(0x3C, b"\x01" + "æøåß".encode("utf-16-le")),
    )
    assert words(tmp_path, content) == [
        "12.5",
        "25%",
        "nan",
        "inf",
        "4711",
        "47.11",
        "7",
        "8",
        "99",
        "true",
        "wordsæøåß",
    ]


def test_a_shared_text_goes_on_in_the_next_record_with_other_letters(tmp_path: Path) -> None:
    head = struct.pack("<II", 2, 2)
    first = head + struct.pack("<HB", 4, 0) + b"Bla"
    rest = (
        b"\x01"
        + "å".encode("utf-16-le")
        + struct.pack("<HBH", 3, 9, 1)
        + "øst".encode("utf-16-le")
        + bytes(4)
    )
    content = biff8(
        record(0xFC, first),
        record(0x3C, rest),
        record(0xFD, cell(0, 0) + struct.pack("<I", 0)),
        record(0xFD, cell(0, 1) + struct.pack("<I", 1)),
        record(0xFD, cell(0, 2) + struct.pack("<I", 4711)),
    )
    assert words(tmp_path, content) == ["Blaå", "øst"]


def test_what_lies_upon_a_sheet_is_read_after_its_cells(tmp_path: Path) -> None:
    content = biff8(
        record(0x85, bytes(6) + b"\x07\0Mengder"),
        record(0x14, struct.pack("<HB", 12, 0) + b"&LProsjekt X"),
        record(0x1B6, bytes(10) + struct.pack("<H", 9) + bytes(6)),
        record(0x3C, b"\x00kommentar"),
        record(0x100D, bytes(2) + b"\x04\x00Akse"),
        record(0x204, cell(0, 0) + struct.pack("<HB", 5, 0) + b"celle"),
    )
    assert words(tmp_path, content) == ["Mengder", "celle", "Prosjekt", "X", "kommentar", "Akse"]


def test_a_sheet_that_is_hidden_says_nothing(tmp_path: Path) -> None:
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))

    def sheet(word: str) -> bytes:
        chart = begin + record(0x100D, bytes(2) + b"\x04\x00Akse") + record(0x0A)
        return (
            begin
            + chart
            + record(0x204, cell(0, 0) + struct.pack("<HB", len(word), 0) + word.encode())
            + record(0x0A)
        )

    for state, found in (
        (0, "Arket Neste skjult Akse synlig Akse"),
        (1, "Neste synlig Akse"),
        (2, "Neste synlig Akse"),
    ):
        head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
        names = [(state, b"\x05\0Arket"), (0, b"\x05\0Neste")]
        size = len(head) + sum(len(record(0x85, bytes(6) + name)) for _, name in names) + len(record(0x0A))
        places = [size, size + len(sheet("skjult"))]
        listed = b"".join(
            record(0x85, struct.pack("<IBB", at, how, 0) + name)
            for at, (how, name) in zip(places, names, strict=True)
        )
        book = head + listed + record(0x0A) + sheet("skjult") + sheet("synlig")
        assert sorted(words(tmp_path, make.make_ole({"Workbook": book}))) == sorted(found.split())


def test_a_sheet_of_excel_2_and_a_book_of_excel_5_are_read(tmp_path: Path) -> None:
    old = record(0x09, struct.pack("<HH", 2, 0x10)) + record(0x42, struct.pack("<H", 865))
    old += record(0x1E, b"\x04General"[:1] + b"Gene") + record(0x1E, b"\x020%")
    label = "Grøften".encode("cp865")
    old += record(0x04, struct.pack("<HH", 0, 0) + bytes(3) + bytes([len(label)]) + label)
    old += record(0x03, struct.pack("<HH", 0, 1) + b"\0\x01\0" + struct.pack("<d", 0.5)) + record(0x0A)
    assert words(tmp_path, old) == ["Grøften", "50%"]
    label = "Blåbær".encode("cp1252")
    book = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + record(0x42, struct.pack("<H", 1252))
    book += record(0x204, cell(0, 0) + struct.pack("<H", len(label)) + label) + record(0x0A)
    assert words(tmp_path, make.make_ole({"Book": book})) == ["Blåbær"]
    # as Excel saves one today: its sheets say that they are of Excel 97
    begin = [
        record(0x809, struct.pack("<HHHH", version, kind, 0, 0))
        for version, kind in ((0x500, 5), (0x600, 0x10))
    ]
    sheet = record(0x204, cell(0, 0) + struct.pack("<H", len(label)) + label)
    assert words(
        tmp_path, make.make_ole({"Book": begin[0] + record(0x0A) + begin[1] + sheet + record(0x0A)})
    ) == ["Blåbær"]


def test_a_password_met_late_is_told(tmp_path: Path) -> None:
    content = biff8(
        *[record(0x203, cell(row, 0) + struct.pack("<d", 1.0)) for row in range(2_000)],
        record(0x2F, bytes(6)),
    )
    assert read(tmp_path, content, "a.xls").reason is Reason.ENCRYPTED


@pytest.mark.parametrize(
    "content",
    [
        make.make_ole({"WordDocument": b"\xdc\xa5" + bytes(100)}),
        make.make_ole({"PP40": bytes(100)}),
        b"\xdb\xa5\x2d\x00" + bytes(100),
    ],
)
def test_what_is_older_than_1997_is_told_so(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content, "a.doc").reason is Reason.TOO_OLD


def ppt(kind: int, content: bytes, *, instance: int = 0, container: bool = False) -> bytes:
    return struct.pack("<HHI", instance << 4 | (15 if container else 0), kind, len(content)) + content


def test_slides_are_read_as_they_are_now_and_not_as_they_were(tmp_path: Path) -> None:
    def slide(text: str) -> bytes:
        return ppt(1006, ppt(4000, text.encode("utf-16-le")), container=True)

    stream = b""
    places = {}
    for name, made in (
        ("old", slide("forkastet")),
        ("new", slide("gjeldende")),
        ("master", ppt(1016, ppt(4008, b"Click to edit"), container=True)),
    ):
        places[name] = len(stream)
        stream += made
    listed = ppt(4080, ppt(1011, struct.pack("<I", 2) + bytes(16)) + ppt(4008, b"overskrift"), container=True)
    masters = ppt(4080, ppt(4008, b"Click to edit"), instance=1, container=True)
    places["document"] = len(stream)
    stream += ppt(1000, masters + listed, container=True)
    first = len(stream)
    stream += ppt(6002, struct.pack("<III", 2 << 20 | 1, places["document"], places["old"]))
    first_edit = len(stream)
    stream += ppt(4085, bytes(8) + struct.pack("<III", 0, first, 1) + bytes(8))
    second = len(stream)
    stream += ppt(6002, struct.pack("<II", 1 << 20 | 2, places["new"]))
    second_edit = len(stream)
    stream += ppt(4085, bytes(8) + struct.pack("<III", first_edit, second, 1) + bytes(8))
    user = ppt(4086, struct.pack("<III", 20, 0xE391C05F, second_edit))
    content = make.make_ole({"PowerPoint Document": stream, "Current User": user})
    assert words(tmp_path, content, "a.ppt") == ["overskrift", "gjeldende"]


@pytest.mark.parametrize(
    ("flags", "found"), [(0, ["tittel", "skjult", "annen", "synlig"]), (4, ["annen", "synlig"])]
)
def test_a_slide_that_is_hidden_says_nothing(tmp_path: Path, flags: int, found: list[str]) -> None:
    def slide(text: str, how: int) -> bytes:
        shown = ppt(1017, bytes(10) + struct.pack("<H", how) + bytes(4))
        return ppt(1006, shown + ppt(4000, text.encode("utf-16-le")), container=True)

    made = [slide("skjult", flags), slide("synlig", 0)]
    listed = b"".join(
        ppt(1011, struct.pack("<I", number) + bytes(16)) + ppt(4008, title)
        for number, title in ((2, b"tittel"), (3, b"annen"))
    )
    document = ppt(1000, ppt(4080, listed, container=True), container=True)
    places = [len(made[0]) + len(made[1]), 0, len(made[0])]
    stream = made[0] + made[1] + document
    table = len(stream)
    stream += ppt(6002, struct.pack("<IIII", 3 << 20 | 1, *places))
    edit = len(stream)
    stream += ppt(4085, bytes(8) + struct.pack("<III", 0, table, 1) + bytes(8))
    user = ppt(4086, struct.pack("<III", 20, 0xE391C05F, edit))
    content = make.make_ole({"PowerPoint Document": stream, "Current User": user})
    assert words(tmp_path, content, "a.ppt") == found


def test_a_text_that_a_formula_gives_in_a_hiding_format_stays_out(tmp_path: Path) -> None:
    hiding = record(0x41E, struct.pack("<HHB", 170, 3, 0) + b";;;")
    forms = (record(0xE0, struct.pack("<HH", 0, number).ljust(20, b"\0")) for number in (0, 170))
    formula = b"\0\0\0\0\0\0\xff\xff" + bytes(6)
    content = biff8(
        hiding,
        *forms,
        *(
            part
            for form, said in ((1, b"secret"), (0, b"public"))
            for part in (
                record(0x06, cell(0, form, form) + formula),
                record(0x207, struct.pack("<HB", 6, 0) + said),
            )
        ),
    )
    assert words(tmp_path, content) == ["public"]


def test_a_shape_of_a_slide_that_is_switched_off_says_nothing(tmp_path: Path) -> None:
    def shape(text: str, how: int) -> bytes:
        properties = ppt(0xF00B, struct.pack("<HIHI", 0x0081, 0, 0x03BF, how), instance=2)
        box = ppt(0xF00D, ppt(4000, text.encode("utf-16-le")), container=True)
        return ppt(0xF004, properties + box, container=True)

    group = ppt(0xF003, shape("", 0x20002) + shape("grouped", 0x20000), container=True)
    drawn = shape("seen", 0x20000) + shape("hidden", 0x20002) + group + shape("unused", 2)
    stream = ppt(1006, ppt(1036, ppt(0xF002, drawn, container=True), container=True), container=True)
    content = make.make_ole({"PowerPoint Document": stream, "Current User": bytes(20)})
    assert words(tmp_path, content, "a.ppt") == ["seen", "unused"]
    groups = b"".join(struct.pack("<HHI", 15, 0xF003, 8 * left) for left in range(5_000, -1, -1))
    content = make.make_ole({"PowerPoint Document": groups, "Current User": bytes(20)})
    assert read(tmp_path, content, "a.ppt").reason is Reason.EMPTY


def sprm(code: int, value: int, form: str = "B") -> bytes:
    return struct.pack(f"<H{form}", code, value)


VANISH, DELETED, STYLE = 0x083C, 0x0800, 0x4A30


def style(kind: int, base: int, *said: bytes) -> bytes:
    made = struct.pack("<HHHHHHH", 0, base << 4 | kind, len(said), 0, 0, 1, ord("a")) + bytes(2)
    made += b"".join(struct.pack("<H", len(one)) + one + bytes(len(one) % 2) for one in said)
    return struct.pack("<H", len(made)) + made


STYLES = (
    struct.pack("<HHH", 18, 7, 10) + bytes(14) + style(1, 0xFFF, bytes(2), b"") + style(2, 0xFFF, sprm(VANISH, 1))
    + style(2, 1, b"") + bytes(2) + style(2, 1, sprm(VANISH, 0)) + style(1, 0, bytes(2), sprm(VANISH, 1)) + style(1, 5, bytes(2), b"")
)  # fmt: skip


def doc(said: bytes, paragraphs: tuple[int, int, int] = (0, 0, 0)) -> bytes:
    """Make a DOC whose second word has properties; `paragraphs` are the styles of its three words."""
    text, begin, page = "synlig hemmelig slutt", 0x600, 0x1000
    main = bytearray(page)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<I", main, 0x4C, len(text))
    main[begin : begin + len(text)] = text.encode()
    pieces = struct.pack("<IIHIH", 0, len(text), 0, begin * 2 | 0x40000000, 0)
    places = struct.pack("<IIII", begin, begin + 7, begin + 16, begin + len(text))
    main += (
        (places + bytes([0, 200, 0])).ljust(400, b"\0")
        + (bytes([len(said)]) + said).ljust(111, b"\0")
        + bytes([3])
    )
    told = b"".join(bytes([200 + 10 * number]) + bytes(12) for number in range(3))
    # a length of zero is followed by the length in words
    numbers = b"".join(
        (bytes([2]) if number != 1 else bytes([0, 1])).ljust(2, b"\0")[: 2 if number == 1 else 1]
        + struct.pack("<H", number_of).ljust(19 - (number == 1), b"\0")
        for number, number_of in enumerate(paragraphs)
    )
    main += (places + told).ljust(400, b"\0") + numbers.ljust(111, b"\0") + bytes([3])
    table = b""
    for number, part in (
        (33, b"\x02" + struct.pack("<I", len(pieces)) + pieces),
        (12, struct.pack("<III", begin, begin + len(text), page // 512)),
        (13, struct.pack("<III", begin, begin + len(text), page // 512 + 1)),
        (1, STYLES),
    ):
        struct.pack_into("<II", main, 0x9A + 8 * number, len(table), len(part))
        table += part
    return make.make_ole({"WordDocument": bytes(main), "0Table": table})


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (sprm(VANISH, 1), False),
        (sprm(VANISH, 0x81), False),
        (sprm(VANISH, 0x80), True),
        (sprm(VANISH, 1) + sprm(VANISH, 0), True),
        (sprm(DELETED, 1), False),
        (sprm(STYLE, 1, "H"), False),
        (sprm(STYLE, 2, "H"), False),
        (sprm(STYLE, 1, "H") + sprm(VANISH, 0x81), True),
        (sprm(STYLE, 1, "H") + sprm(VANISH, 0), True),
        *((sprm(STYLE, number, "H"), True) for number in (0, 3, 4, 99)),
    ],
)
def test_letters_of_word_are_hidden_by_themselves_or_by_their_style(
    tmp_path: Path, said: bytes, seen: bool
) -> None:
    assert words(tmp_path, doc(said), "a.doc") == ["synlig", *["hemmelig"] * seen, "slutt"]


@pytest.mark.parametrize(
    ("said", "paragraphs", "seen"),
    [
        (b"", (0, 5, 0), "synlig slutt"),
        (b"", (0, 6, 0), "synlig slutt"),
        (b"", (5, 0, 5), "hemmelig"),
        (b"", (5, 5, 6), ""),
        (b"", (0, 99, 0), "synlig hemmelig slutt"),
        (sprm(VANISH, 0), (0, 5, 0), "synlig hemmelig slutt"),
        (sprm(VANISH, 0x81), (0, 5, 0), "synlig hemmelig slutt"),
        (sprm(VANISH, 0x80), (0, 5, 0), "synlig slutt"),
        (sprm(VANISH, 0), (5, 5, 5), "hemmelig"),
        (sprm(VANISH, 1), (0, 5, 5), "synlig"),
        (sprm(DELETED, 1), (0, 0, 5), "synlig"),
    ],
)
def test_a_style_of_a_paragraph_hides_its_letters_in_word(
    tmp_path: Path, said: bytes, paragraphs: tuple[int, int, int], seen: str
) -> None:
    assert words(tmp_path, doc(said, paragraphs), "a.doc") == seen.split()
