"""How many documents there are is kept as they are written: always what counting all of them would tell, in any ledger."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connector.document.audience import NOBODY
from connector.ledger.copying import copy_ledger
from connector.ledger.counts import Format, Tally, format_of
from connector.ledger.documents import Documents
from connector.ledger.engines.counts_in_file import MOST_ROWS
from connector.ledger.engines.postgres import Postgres
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.engines.statement_files import statements_in
from connector.ledger.rows import SameAgain
from connector.ledger.shapes import shapes
from connector.ledger.store import Ledger
from connector.ledger.trouble import again_if_undone
from tests.ledger.test_tangled import until_it_waits
from tests.ledger_pushes import NOW, make_push, push

TITLES = [
    "a.pdf",
    "b.PDF",
    "c.docx",
    "Rev. 01",
    "3. floor",
    "none",
    "x.y.zip",
    ".7z",
    "odd.",
    "brev.p7m",
    "ö.pdæ",
    "f.abcdefg",
]
WATCHED = {"state", "without_text", "title", "text_key"}


def counted(ledger: Ledger, target: str = "intranet") -> Tally:
    """What there is, by looking at each of them."""
    (documents, bodies) = (
        [
            dict(zip(shape.columns, row, strict=True))
            for row in ledger._database.rows_of(shape.name, shape.columns, ())
        ]
        for shape in sorted(shapes(), key=lambda one: one.name, reverse=True)
        if shape.name in {"documents", "bodies"}
    )
    has_text = {one["document"] for one in bodies if one["text_key"]}
    mine = [one for one in documents if one["target"] == target]
    there = [one for one in mine if one["state"] != "removed"]
    files = [one for one in there if one["without_text"] or one["number"] in has_text]
    formats = {format_of(one["title"]) for one in files}

    def many(name: str, *, lacks: bool) -> int:
        return sum(format_of(one["title"]) == name and bool(one["without_text"]) is lacks for one in files)

    told = [
        Format(format=one, with_text=many(one, lacks=False), without_text=many(one, lacks=True))
        for one in formats
    ]
    return Tally(
        states=dict(sorted(Counter(one["state"] for one in mine).items())),
        with_text=sum(not one["without_text"] for one in files),
        without_text=dict(sorted(Counter(one["without_text"] for one in there if one["without_text"]).items())),
        formats=sorted(told, key=lambda one: (one.format == "other", -one.with_text - one.without_text, one.format)),
    )  # fmt: skip


def check(ledger: Ledger) -> None:
    assert ledger.counts("intranet").tally() == counted(ledger)


def erase(ledger: Ledger, name: str) -> None:
    erasing = ledger.erasing("intranet")
    erasing.documents(erasing.traces([name]))


def send(documents: Documents, name: str, **more: Any) -> None:
    push(documents, make_push(name, **more))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_kept_is_what_is_there_whatever_is_written(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    documents = ledger.documents("intranet")

    def sent(name: str) -> None:
        reason = chance.choice(["", "", "broken", "too-big"])
        key = "" if reason or chance.random() < 0.3 else chance.choice("ab")
        send(documents, name, title=chance.choice(TITLES), text_missing=reason, text_key=key)

    def gone(name: str) -> None:
        documents.intend_deletions([name], run=1, now=NOW)
        documents.confirm_deletions([name], run=1, now=NOW, settle_s=120.0, approved=False, why={})

    acts = [
        sent, sent, sent, gone,
        lambda name: documents.hold([(name, "brake")], run=2),
        lambda name: documents.release("interaxo", why="brake"),
        lambda name: documents.hold_source("interaxo", run=2, why="left"),
        lambda name: documents.hold_room("interaxo", "r1", run=2, why="room-left"),
        lambda name: documents.note_versions(
            [SameAgain(id=name, version=b"v2", without_text=chance.choice(["", "broken"]), fingerprint=b"")],
            rules=b"r",
        ),
        lambda name: erase(ledger, name),
        lambda name: ledger.counts("intranet").tally(),
    ]  # fmt: skip
    for _ in range(120):
        chance.choice(acts)(f"ix-{chance.randrange(12)}")
        if chance.random() < 0.3:
            check(ledger)
    check(ledger)


def test_what_several_write_at_once_is_counted_once(cluster: Any) -> None:
    url = cluster.new_database()
    failed: list[BaseException] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        one = Ledger(url, now=NOW)
        documents = one.documents("intranet")
        try:
            for _ in range(60):
                names = {f"ix-{chance.randrange(8)}" for _ in range(4)}
                reason = chance.choice(["", "broken"])
                key = "" if reason else chance.choice(["", "k"])
                title = chance.choice(TITLES)
                batch = [make_push(name, title=title, text_missing=reason, text_key=key) for name in names]
                again_if_undone(partial(push, documents, *batch))  # as runs do
                documents.hold([(min(names), "brake")], run=2)
                one.counts("intranet").tally()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)
        finally:
            one.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    ledger = Ledger(url, now=NOW)
    check(ledger)
    ledger.close()
    cluster.drop(url)


def test_what_is_undone_is_not_counted(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")
    send(documents, "ix-1", title="a.pdf", text_key="k")
    check(ledger)

    def fail() -> None:
        with documents.at_once():
            send(documents, "ix-1", title="b.docx", text_missing="broken")
            send(documents, "ix-2", title="c.pdf")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    check(ledger)
    assert ledger.counts("intranet").tally().states == {"live": 1}


def test_rows_of_counts_are_put_together(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")
    for number in range(MOST_ROWS // 2 + 10):
        send(documents, "ix-1", title=f"a.{'pdf' if number % 2 else 'txt'}", text_key="k")
        send(documents, "ix-2", title=f"a.{'pdf' if number % 2 else 'txt'}", text_missing="broken")
        ledger.counts("intranet").tally()
    check(ledger)
    (rows,) = ledger._database.driver.execute("SELECT count(*) FROM counts").fetchone()  # type: ignore[attr-defined]
    assert 0 < rows <= MOST_ROWS + 4


def formats_told(ledger: Ledger) -> set[str]:
    return {one for (one,) in ledger._database.driver.execute("SELECT format FROM counts")}  # type: ignore[attr-defined]


def test_no_ending_that_is_gone_is_told_though_services_look_after_each_other_meanwhile(cluster: Any) -> None:
    url = cluster.new_database()
    with closing(Ledger(url, now=NOW)) as ledger, closing(Ledger(url, now=NOW)) as service:
        send(ledger.documents("intranet"), "ix-1", title="a.odd", text_key="k")
        with service.members().at_once():
            assert service.members().alone()
            erase(ledger, "ix-1")
        assert formats_told(service) == {""}
    cluster.drop(url)


def test_no_ending_that_is_gone_is_told_though_another_one_counts_meanwhile(cluster: Any) -> None:
    url = cluster.new_database()
    with closing(Ledger(url, now=NOW)) as ledger, closing(Ledger(url, now=NOW)) as other:
        send(ledger.documents("intranet"), "ix-1", title="a.odd", text_key="k")
        database = other._database
        assert isinstance(database, Postgres)
        with database.at_once():
            database._put_together()
            erasing = threading.Thread(target=erase, args=(ledger, "ix-1"))
            erasing.start()
            until_it_waits(url)
        erasing.join()
        assert formats_told(other) == {""}
    cluster.drop(url)


def test_another_target_counts_its_own(ledger: Ledger) -> None:
    send(ledger.documents("intranet"), "ix-1", title="a.pdf")
    send(ledger.documents("extranet"), "ix-2", title="b.pdf")
    check(ledger)
    assert ledger.counts("extranet").tally().states == {"live": 1}


def test_a_copy_counts_what_it_got(ledger: Ledger, cluster: Any, tmp_path: Path) -> None:
    documents = ledger.documents("intranet")
    for number, title in enumerate(TITLES):
        send(documents, f"ix-{number}", title=title, text_key="k" if number % 2 else "")
    here = f"sqlite:///{tmp_path}/here.db"
    one = Ledger(here, now=NOW)
    for number, title in enumerate(TITLES):
        send(one.documents("intranet"), f"ix-{number}", title=title, text_key="k" if number % 2 else "")
    expected = one.counts("intranet").tally()
    one.close()
    there, back = cluster.new_database(empty=True), f"sqlite:///{tmp_path}/back.db"
    copy_ledger(here, there, now=NOW)
    copy_ledger(there, back, now=NOW)
    for url in (there, back):
        copy = Ledger(url, now=NOW)
        assert copy.counts("intranet").tally() == expected
        send(copy.documents("intranet"), "ix-1", title="now.dwg", text_key="k")
        check(copy)
        copy.close()


def test_nothing_of_a_title_is_noted_but_its_format(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", now=NOW)
    documents = ledger.documents("intranet")
    send(documents, "ix-1", title="Kari Olsen", text_key="k")
    send(documents, "ix-2", title="Kari Olsen.pdf", text_key="k")
    ledger.counts("intranet").tally()
    for name in ("ix-1", "ix-2"):
        send(documents, name, title="Another", text_key="k")
    database = ledger._database
    assert isinstance(database, Sqlite)
    assert database.driver.execute("SELECT ending FROM counts_due ORDER BY number").fetchall() == [
        ("",),
        ("pdf",),
    ]
    check(ledger)
    ledger.close()


def test_nothing_of_an_erased_title_stays_among_the_counts(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")
    send(documents, "ix-1", title="Letter to K.Olsen", text_key="k")
    send(documents, "ix-2", title="a.pdf", text_key="k")
    ledger.counts("intranet").tally()
    erase(ledger, "ix-1")
    database: Any = ledger._database
    told = database.driver.execute("SELECT DISTINCT format FROM counts ORDER BY format").fetchall()
    assert [tuple(one) for one in told] == [("",), ("pdf",)]
    if isinstance(database, Sqlite):
        assert database.driver.execute("SELECT * FROM counts_due").fetchall() == []
    check(ledger)


def test_a_database_reads_formats_of_titles_as_the_program_does(cluster: Any) -> None:
    database = Postgres(url := cluster.new_database())
    odd = [
        f"{a}.{b}"
        for a in ("", "x", "x.y")
        for b in ("", "p", "pdf\n", "p f", "PDF", "123", "1a", "abcdef", "abcdefg", "é", "Kb")
    ]
    for title in [*TITLES, *odd]:
        (found,) = database.driver.execute("SELECT format_of(%s)", [title]).fetchone()
        assert found == format_of(title), title
    database.close()
    cluster.drop(url)


def test_a_document_that_nobody_may_see_is_counted_as_any(ledger: Ledger) -> None:
    send(ledger.documents("intranet"), "ix-1", title="a.pdf", audience=NOBODY)
    check(ledger)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_ledger_of_an_earlier_release_counts_what_it_has(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    if engine == "postgresql":
        url = request.getfixturevalue("cluster").new_database()
    before = Ledger(url, now=NOW)
    for number, title in enumerate(TITLES):
        send(before.documents("intranet"), f"ix-{number}", title=title, text_key="k" if number % 2 else "")
    expected = before.counts("intranet").tally()
    driver: Any = before._database.driver  # type: ignore[attr-defined]
    if engine == "sqlite":
        for table in ("counts", "counts_due", "counts_upto"):
            driver.execute(f"DROP TABLE {table}")
        for trigger in ("counts_gone", "counts_bare"):
            driver.execute(f"DROP TRIGGER {trigger}")
    else:
        for table in ("documents", "bodies"):
            for act in ("insert", "update", "delete"):
                driver.execute(f"DROP FUNCTION count_{table}_{act} CASCADE")
        driver.execute("DROP TABLE counts")
    driver.execute("DROP INDEX documents_by_deltas")
    driver.execute("ALTER TABLE documents DROP COLUMN delta_run")
    driver.execute("CREATE INDEX documents_by_deltas ON documents (target, pushed_run, pushed_at)")
    driver.execute("DROP INDEX quarantine_reason")
    if engine == "sqlite":
        for index in ("quarantine_called", "hidden_called"):
            driver.execute(f"DROP INDEX {index}")
        driver.execute("CREATE INDEX hidden_path ON hidden (target, path, id)")
        driver.execute("DROP INDEX documents_called")
        driver.execute(
            "CREATE INDEX documents_state ON documents (target, state, number) WHERE state != 'live'"
        )
    for column in ("given_to", "given_fence"):
        driver.execute(f"ALTER TABLE seats DROP COLUMN {column}")
    driver.execute("ALTER TABLE widenings DROP COLUMN version")
    driver.execute("UPDATE alembic_version SET version_num = '0020'")
    driver.commit()
    before.close()
    ledger = Ledger(url, now=NOW)
    assert ledger.counts("intranet").tally() == expected
    send(ledger.documents("intranet"), "ix-1", title="now.dwg", text_missing="broken")
    check(ledger)
    ledger.close()


def test_whoever_writes_documents_of_a_file_notes_what_was_counted_of_them() -> None:
    """By a statement before it, or by `note_counts`, or because nobody can have counted it yet."""
    new = {"intents.enter", "removals.doubt", "unconfirmed.enter"}
    told = {name for name in statements_in("sqlite.sql") if name.startswith("pushes.confirm")}
    for name, statement in statements_in("sqlite.sql").items():
        written = re.search(
            r"UPDATE (documents|bodies)(?: INDEXED BY \w+)? SET (.*)|INSERT INTO (documents|bodies) ",
            statement.sql,
        )
        if not written:
            assert not statement.before, name
        elif "INSERT" in written[0]:
            assert name in new | told, name
            _, _, then = statement.sql.partition(" DO UPDATE SET ")
            assert name in told or not WATCHED & set(re.findall(r"(?:^|, )(\w+) ?=", then)), name
        else:
            changed = set(re.findall(r"(?:^|, )(\w+)=", written[2].split(" WHERE ")[0]))
            assert bool(statement.before) == (bool(changed & WATCHED) and name not in told), name
