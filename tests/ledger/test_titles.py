"""Titles are found by any part of them, in any letter case, by the index of either database; what is gone or renamed leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.errors import NoSuchPage
from connector.ledger import catalogue as catalogue_module
from connector.ledger.catalogue import Wanted
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.erasing import Trace
from connector.ledger.orders import Hidden
from connector.ledger.store import Ledger
from connector.ledger.titles import PIECE, fold, match
from connector.status import removed
from connector.status.document_lookup import look_up_documents
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW, make_push, push

TITLES = {
    "a": "Åpningstider Ærfugl ØST.PDF",
    "b": "Sjekkliste_1 (100 %).docx",
    "c": "Rev. 01",
    "d": 'Møte "kort" \\ it\'s',
    "e": "P7",
    "f": "Plan",
    "g": "Planer og planskisser",
    "h": "",
    "i": "ПЛАН Ωμέγα",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    url = "sqlite://"
    if request.param == "postgresql":
        pytest.importorskip("psycopg")
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.new_database()
    monkeypatch.setattr(catalogue_module, "PROBED", 0)  # so few documents need no index otherwise
    with closing(Ledger(url, now=NOW)) as one:
        push(
            one.documents("intranet"), *(make_push(f"ix-{key}", title=title) for key, title in TITLES.items())
        )
        yield one


def found(ledger: Ledger, words: str, **more: Any) -> str:
    """The last letters of the ids, the newest document first."""
    rows = ledger.catalogue("intranet").page(Wanted(words=words, **more)).rows
    return "".join(row.id.removeprefix("ix-") for row in rows)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("plan", "gf"), ("LANSKI", "g"), ("planet", ""), ("åpning", "a"), ("ÆRFUGL", "a"), ("øst", "a"), ("møt", "d"), ("MØTE", "d"),
        ("план", "i"), ("ΩΜΈΓ", "i"), ("e_1 (100 %)", "b"), ("100%", ""), ("01", "c"), ("7", "e"), ("p7", "e"), ("æ", "a"), ("T", "dba"),
        ("t \\", ""), ('" \\ it\'', "d"), ("'", "d"), ("\\", "d"), ("%", "b"), ("_", "b"), ('"', "d"), ("s.", ""), ("  ", ""),
        ("ix-f", "f"), ("F", "fia"), ("* OR plan", ""), ("lan:*", ""),
    ],
)  # fmt: skip
def test_a_title_is_found_by_any_part_of_it(ledger: Ledger, words: str, ids: str) -> None:
    if words == "F":  # the source's own id, then titles
        assert found(ledger, words)[0] == "f"
        assert set(found(ledger, words)) == {"f", "a"}
    else:
        assert found(ledger, words) == ids


@pytest.mark.parametrize("words", ["ab", "abc", "abcd", "kvartals", "kvartalsrapport 7", "ÅTGÄRD"])
def test_an_index_is_asked_for_as_few_pieces_as_have_every_letter(words: str) -> None:
    pieces = match(words=words).pieces
    assert len(pieces) == (-(-len(words) // PIECE) if len(words) >= PIECE else 0)
    at = 0
    for piece in pieces:
        found = fold(words).find(piece, max(0, at - PIECE + 1))
        assert 0 <= found <= at, "no letter is left out"
        at = found + PIECE
    assert at == (len(words) if pieces else 0)


def test_letters_are_folded_by_a_database_itself_only_where_it_knows_them(ledger: Ledger) -> None:
    # of which small letters are others, or several
    odd = [make_push("ix-odd-i", title="\u0130stanbul"), make_push("ix-odd-s", title="\u017fnitt \u1e9e")]
    push(ledger.documents("intranet"), *odd)
    ledger.documents("intranet").hold([(one.listed.id, "brake") for one in odd], run=1)
    for words in ("istanbul", "STANBUL", "snitt", "NITT", "ss", "\u0130st", "\u017fnitt", "\u1e9e", "\u00df"):
        fit = [one.listed.id for one in odd if fold(words) in fold(one.rendered.title)]
        expected = "".join(one.removeprefix("ix-") for one in fit)
        assert found(ledger, words, state="held") == expected


def test_of_what_is_looked_at_only_what_fits_is_handed_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = ledger.documents("intranet")
    push(documents, *(make_push(f"ix-{n}", title=f"Other {n}") for n in range(20)))
    documents.hold(
        [*((f"ix-{n}", "brake") for n in range(20)), *((f"ix-{key}", "brake") for key in TITLES)], run=1
    )
    monkeypatch.setattr(catalogue_module, "AT_ONCE", 4)
    database, handed = ledger._database, list[int]()
    asked = type(database).all

    def hear(self: Any, name: str, values: Any) -> Any:
        rows = asked(self, name, values)
        handed.append(sum(name == "catalogue.by_state_called" for _ in rows))
        return rows

    monkeypatch.setattr(type(database), "all", hear)
    assert found(ledger, "plan", state="held") == "gf"
    looks = len([many for many in handed if many])
    assert looks >= 29 // 4
    assert sum(handed) <= looks + 2, "what fits, and how far each look went"


def test_how_it_ends_is_found_by_the_same_index_and_together_with_words(ledger: Ledger) -> None:
    assert found(ledger, "", format="pdf") == "a"
    assert found(ledger, "", format="f") == ""
    assert found(ledger, "sjekk", format="docx") == "b"
    assert found(ledger, "e", format="docx") == "b"
    assert found(ledger, "sjekk", format="pdf") == ""


def test_a_whole_title_hides_those_that_have_it_as_a_part(ledger: Ledger) -> None:
    def fit(asked: str) -> list[str]:
        return [one.title for one in look_up_documents(ledger, "intranet", asked)]

    assert fit("PLAN") == ["Plan"]
    assert fit("p7") == ["P7"]
    assert fit("åPNINGSTIDER ærfugl øst.pdf") == [TITLES["a"]]
    assert fit("planer") == [TITLES["g"]]


def test_a_frequent_word_is_found_without_the_index_just_as_well(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_it = [found(ledger, words) for words in ("plan", "t", "f")]
    monkeypatch.setattr(catalogue_module, "PROBED", 100)
    monkeypatch.setattr(catalogue_module, "PAGE", 1)
    catalogue = ledger.catalogue("intranet")
    without = []
    for words in ("plan", "t", "f"):
        told, place, more = "", "", True
        while more:
            page = catalogue.page(Wanted(words=words), after=place)
            told += "".join(row.id.removeprefix("ix-") for row in page.rows)
            place, more = page.next, page.more
        without.append(told)
    assert without == with_it


def test_what_is_called_otherwise_or_gone_is_found_no_more(ledger: Ledger) -> None:
    assert found(ledger, "plan") == "gf"
    documents = ledger.documents("intranet")
    push(documents, make_push("ix-f", title="Skisse"), run=2)
    push(documents, make_push("ix-j", title="Ny plan"), run=2)
    assert (found(ledger, "plan"), found(ledger, "skisse")) == ("jg", "gf")
    remove(ledger, "ix-g", "ix-j")
    assert (found(ledger, "plan"), found(ledger, "ny")) == ("", "")
    push(documents, make_push("ix-k", title="Plan for alle"), run=3)  # may get the number of one that is gone
    assert found(ledger, "plan") == "k"


def test_titles_of_several_targets_are_kept_apart(ledger: Ledger) -> None:
    push(ledger.documents("other"), make_push("ix-x", title="Planen"))
    assert found(ledger, "plan") == "gf"
    assert [row.id for row in ledger.catalogue("other").page(Wanted(words="plan")).rows] == ["ix-x"]


def test_of_a_title_that_was_forgotten_no_piece_stays(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as ledger:
        push(
            ledger.documents("intranet"), make_push("ix-a", title="Zqxjkvw"), make_push("ix-b", title="Plan")
        )
        assert found(ledger, "zqxjk") == "a"
        remove(ledger, "ix-a")
        ledger.erasing("intranet").documents([Trace(id="ix-a", title="Zqxjkvw")])
        assert found(ledger, "plan") == "b"
        assert pieces(ledger) == {"  p", " pl", "pla", "lan", "an ", "n  "}
    assert b"zqx" not in file.read_bytes().lower()


def remove(ledger: Ledger, *ids: str) -> None:
    ledger.documents("intranet").confirm_deletions(
        ids, run=3, now=NOW, settle_s=120.0, approved=False, why={}
    )


def pieces(ledger: Ledger) -> set[str]:
    """Every piece that the index of a file has."""
    database = ledger._database
    assert isinstance(database, Sqlite)
    return {term for (term,) in database.driver.execute("SELECT term FROM titles_terms")}


def test_a_page_that_looked_at_enough_says_where_to_go_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOOKED_AT", "AT_ONCE"):
        monkeypatch.setattr(catalogue_module, name, 2)
    catalogue, wanted = ledger.catalogue("intranet"), Wanted(room=("r1",), format="docx")
    pages = [catalogue.page(wanted)]
    while pages[-1].more:
        pages.append(catalogue.page(wanted, after=pages[-1].next))
    assert [row.id for page in pages for row in page.rows] == ["ix-b"]
    assert len(pages) == 5, "nine documents, two at a time"
    assert catalogue.count(wanted).at_least


def leaf(ledger: Ledger, wanted: Wanted, between: Callable[[], None]) -> list[str]:
    """All of a list, page by page; something happens after the first."""
    catalogue = ledger.catalogue("intranet")
    pages = [catalogue.page(wanted)]
    between()
    while pages[-1].more:
        pages.append(catalogue.page(wanted, after=pages[-1].next))
    return [row.id.removeprefix("ix-") for page in pages for row in page.rows]


@pytest.mark.parametrize(("before", "then"), [(0, 100), (100, 0)])
@pytest.mark.parametrize("more", [{}, {"kind": "file"}, {"room": ("r1", "r2")}])
def test_a_list_goes_on_as_it_began_though_its_words_became_frequent_or_rare(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, before: int, then: int, more: dict[str, Any]
) -> None:
    documents = ledger.documents("intranet")
    for number in range(6):
        source = "itr" if number % 2 else "interaxo"
        push(
            documents,
            make_push(f"ix-{number}", title=f"Bruplan {number}", source=source, room=f"r{number % 2 + 1}"),
        )
    monkeypatch.setattr(catalogue_module, "PAGE", 1)
    monkeypatch.setattr(catalogue_module, "PROBED", before)
    told = leaf(
        ledger, Wanted(words="bruplan", **more), lambda: monkeypatch.setattr(catalogue_module, "PROBED", then)
    )
    assert sorted(told) == list("012345")


def test_a_list_goes_on_where_it_was_though_another_source_has_the_kind_now(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "PAGE", 2)
    documents = ledger.documents("intranet")
    told = leaf(
        ledger,
        Wanted(kind="file"),
        lambda: push(documents, *(make_push(f"aa-{n}", title="New", source="aaa") for n in range(5))),
    )
    assert sorted(told) == sorted(TITLES)


@pytest.mark.parametrize("state", ["removed", "hidden"])
def test_what_is_out_of_the_search_is_told_once_page_by_page(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(removed, "PAGE", 2)
    wanted = Wanted(state=state)
    if state == "removed":
        remove(ledger, *(f"ix-{key}" for key in "abcde"))
    else:
        ledger.orders("intranet").meet(
            [Hidden(id=f"ix-{key}", root="ix-a", path=f"/{key}/") for key in "abcde"]
        )
    told = [one["id"] for one in removed.walk(ledger, "intranet", wanted)]
    assert sorted(told) == [f"ix-{key}" for key in "abcde"]
    first = removed.tell_page(ledger, "intranet", wanted, page=1)
    second = removed.tell_page(ledger, "intranet", wanted, page=2)
    assert (first["count"], first["at_least"], first["more"]) == (5, False, True)
    assert removed.tell_page(ledger, "intranet", wanted, page=2, after=first["next"]) == second
    pages = [removed.tell_page(ledger, "intranet", wanted, page=page) for page in (1, 2, 3, 4)]
    assert [one["id"] for page in pages for one in page["documents"]] == told
    with pytest.raises(NoSuchPage):
        removed.tell_page(ledger, "intranet", wanted, page=1, after='["odd", 7, {}]')
