"""The sample estate: real files, whole rooms, and searches that come out as the demo says."""

import csv
import email
import email.policy
import functools
import importlib.util
import io
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import openpyxl  # type: ignore[import-untyped]
import pypdfium2  # type: ignore[import-untyped]
import pytest
from docx import Document
from PIL import Image
from pptx import Presentation
from selectolax.lexbor import LexborHTMLParser

from connector.sandbox.estate.authors import COMMUNITY, FILES, KARI, MIME_TYPES, PEOPLE
from connector.sandbox.interaxo import IDENTITY, InteraxoWorld, ItemView
from connector.sandbox.sample import DemoSearch, Estate, furnish, people


def load_maker() -> ModuleType:
    """tools/make_estate.py, which is no package."""
    path = Path(__file__).parents[2] / "tools" / "make_estate.py"
    spec = importlib.util.spec_from_file_location("make_estate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_estate"] = module
    spec.loader.exec_module(module)
    return module


MAKER = load_maker()
MANUSCRIPTS = {manuscript.path: manuscript for manuscript in MAKER.read_manuscripts()}


def read_pdf(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def read_docx(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def read_xlsx(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [
        str(cell) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    return "\n".join([book.properties.title or "", *cells])


def read_pptx(content: bytes) -> str:
    deck = Presentation(io.BytesIO(content))
    return "\n".join(shape.text_frame.text for slide in deck.slides for shape in slide.shapes)


def read_html(content: bytes) -> str:
    tree = LexborHTMLParser(content)
    assert tree.body is not None
    return tree.body.text(separator=" ")


def read_csv(content: bytes) -> str:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len({len(row) for row in rows}) == 1, "the rows have different lengths"
    return "\n".join(" ".join(row) for row in rows)


def read_eml(content: bytes) -> str:
    message = email.message_from_bytes(content, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return f"{message['Subject']}\n{body.get_content()}"


def read_png(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert image.format == "PNG"
    return ""


READERS: dict[str, Callable[[bytes], str]] = {
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".xlsx": read_xlsx,
    ".pptx": read_pptx,
    ".html": read_html,
    ".csv": read_csv,
    ".txt": lambda content: content.decode("utf-8"),
    ".eml": read_eml,
    ".png": read_png,
}


@functools.cache
def read_text(path: Path) -> str:
    return READERS[path.suffix](path.read_bytes())


def fold(text: str) -> str:
    """Lower case, without accents, white space as single spaces."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(plain.casefold().split())


def content_of(world: InteraxoWorld, view: ItemView) -> Path:
    item = world.find(view.id)
    assert item is not None
    content = item.versions[-1].content
    assert isinstance(content, Path)
    return content


def finds(world: InteraxoWorld, search: DemoSearch) -> bool:
    """Whether somebody finds all the words in one item that may be seen; historical entries are left out."""
    views = {view.id: view for view in world.items()}
    allowed = {("user", search.person), *(("group", group) for group in PEOPLE[search.person][1])}
    for view in views.values():
        around = views.get(view.parent_id or "")
        if "Superseded" in (view.step, around.step if around else None) or not allowed & set(
            view.authorities
        ):
            continue
        text = f"{view.path} {list(view.values.values())}"
        if view.type == "file":
            text += read_text(content_of(world, view))
        if all(fold(word) in fold(text) for word in search.words.split()):
            return True
    return False


@pytest.fixture
def world() -> InteraxoWorld:
    return InteraxoWorld()


@pytest.fixture
def estate(world: InteraxoWorld) -> Estate:
    return furnish(world)


@pytest.mark.parametrize("path", MANUSCRIPTS)
def test_file_opens_with_its_library_and_holds_its_words(path: str) -> None:
    text = fold(read_text(FILES / path))
    for words in MANUSCRIPTS[path].words:
        assert fold(words) in text


@pytest.mark.parametrize("path", [path for path in MANUSCRIPTS if not path.endswith(".png")])
def test_file_says_enough_to_be_searched(path: str) -> None:
    assert len(MANUSCRIPTS[path].words) >= 1
    assert len(read_text(FILES / path).split()) >= 40


def test_files_are_those_of_the_manuscript_and_small() -> None:
    paths = [path for path in FILES.rglob("*") if path.is_file()]
    assert {path.relative_to(FILES).as_posix() for path in paths} == set(MANUSCRIPTS)
    assert sum(path.stat().st_size for path in paths) < 1_500_000
    assert {path.suffix for path in paths} == set(MIME_TYPES)


def test_making_twice_gives_the_same_bytes_and_the_shipped_words(tmp_path: Path) -> None:
    MAKER.make_files(tmp_path / "one")
    MAKER.make_files(tmp_path / "two")
    for path in MANUSCRIPTS:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
        assert read_text(tmp_path / "one" / path) == read_text(FILES / path), path


def test_estate_has_three_rooms_and_every_kind_of_item(world: InteraxoWorld, estate: Estate) -> None:
    views = world.items()
    assert len(views) >= 60
    assert {view.room for view in views} == {estate.bridge.root, estate.tunnel.root, estate.board}
    assert {view.type for view in views} == {
        "simple-folder",
        "active-folder",
        "workflow-folder",
        "entry",
        "file",
        "internal-link",
        "external-link",
    }
    assert {view.mime_type for view in views if view.type == "file"} == set(MIME_TYPES.values())
    assert max(view.path.count("/") for view in views if view.type == "simple-folder") >= 3


def test_entries_use_every_type_of_field(world: InteraxoWorld, estate: Estate) -> None:
    used: set[str] = set()
    for view in world.items():
        item = world.find(view.parent_id or "")
        if view.type != "entry" or item is None:
            continue
        for definition in item.definitions:
            if definition.name not in view.values:
                continue
            used.add(definition.type + ("*" if definition.multiple else ""))
            if definition.type == "member":
                used.update(kind for kind, _ in view.values[definition.name])
            if definition.type == "list":
                assert set(view.values[definition.name]) <= set(definition.options)
    simple = {"string", "numeric", "date", "list", "rich-text", "member", "auto-number"}
    assert used == simple | {"list*", "member*", "user", "group"}


def test_some_entry_has_attachments_and_some_entry_is_history(world: InteraxoWorld, estate: Estate) -> None:
    entries = [view for view in world.items() if view.type == "entry"]
    assert max(entry.child_count for entry in entries) >= 2
    assert {entry.step for entry in entries} == {None, "New", "In review", "Published", "Superseded"}


def test_internal_links_lead_to_items(world: InteraxoWorld, estate: Estate) -> None:
    ids = {view.id for view in world.items()}
    assert all(view.destination in ids for view in world.items() if view.type == "internal-link")


def test_nothing_is_seen_by_more_than_its_room(world: InteraxoWorld, estate: Estate) -> None:
    lists = {view.id: set(view.authorities) for view in world.items()}
    for view in world.items():
        assert lists[view.id] <= lists[view.room]
    assert lists[estate.board] == {("group", "g-styret")}


def test_everybody_made_something_and_so_becomes_known(world: InteraxoWorld, estate: Estate) -> None:
    items = [world.find(view.id) for view in world.items()]
    assert {item.created_by for item in items if item} == set(PEOPLE)


def test_furnish_reads_no_file(world: InteraxoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    estate = furnish(world)
    for edit in estate.edits():
        edit.perform()


def test_two_estates_have_the_same_ids(estate: Estate) -> None:
    assert furnish(InteraxoWorld()) == estate


def test_every_file_stands_in_a_room_before_or_after_the_edits(world: InteraxoWorld, estate: Estate) -> None:
    seen = {content_of(world, view) for view in world.items() if view.type == "file"}
    for edit in estate.edits():
        edit.perform()
    seen |= {content_of(world, view) for view in world.items() if view.type == "file"}
    assert seen == {FILES / path for path in MANUSCRIPTS}


def test_every_edit_changes_what_is_there(world: InteraxoWorld, estate: Estate) -> None:
    before = world.items()
    for edit in estate.edits():
        edit.perform()
        after = world.items()
        assert after != before, edit.words
        before = after


def test_searches_come_out_as_the_demo_says(world: InteraxoWorld, estate: Estate) -> None:
    for search in estate.searches:
        assert finds(world, search) == search.found_before, f"before: {search.words} as {search.person}"
    for edit in estate.edits():
        edit.perform()
    for search in estate.searches:
        assert finds(world, search) == search.found_after, f"after: {search.words} as {search.person}"


def test_every_edit_is_told_by_a_search(world: InteraxoWorld, estate: Estate) -> None:
    changing = [search for search in estate.searches if search.found_before != search.found_after]
    for edit in estate.edits():
        before = [finds(world, search) for search in changing]
        edit.perform()
        assert [finds(world, search) for search in changing] != before, edit.words


def test_people_carry_their_own_identity_and_their_groups(world: InteraxoWorld, estate: Estate) -> None:
    found = {person.email: person for person in people(world, "Rooms")}
    assert set(found) == set(PEOPLE)
    assert IDENTITY not in found
    assert found[KARI].name == "Kari Nordlie"
    assert found[KARI].identities == [
        f"rooms:user:{KARI}",
        f"rooms:group:{COMMUNITY}/g-bru",
        f"rooms:group:{COMMUNITY}/g-bane",
        f"rooms:group:{COMMUNITY}/g-ledelse",
    ]
