"""
Every walk over the ledger beyond its first page: with pages of three, as ledgers of production have thousands.

The pages' sizes are found by their name in every module of the ledger, so that a new one is walked small as well.
"""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import connector.ledger
from connector.crawl import write_buffer
from connector.document.audience import Audience
from connector.ledger.catalogue import Wanted
from connector.ledger.documents import Documents
from connector.ledger.store import Ledger
from connector.plan import options
from connector.ports.grants import Grant
from connector.removal import suspects
from tests.builders import audience_of
from tests.estates import EVERYONE
from tests.ledger_pushes import NOW, make_push, push
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import FEW, live_gone, plain_world
from tests.rules.ground import audience_of as carried_by

SIZE = 3
COUNTS = (0, 1, 2, 3, 4, 8, 9, 10)
"""Around the sizes of one page and of three."""


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    patched = []
    for found in pkgutil.iter_modules(connector.ledger.__path__, "connector.ledger."):
        module = importlib.import_module(found.name)
        for name in ("CHUNK", "PAGE"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, SIZE)
                patched.append(f"{found.name}.{name}")
    assert {
        "connector.ledger.documents.CHUNK",
        "connector.ledger.pending_audiences.CHUNK",
        "connector.ledger.browse.PAGE",
        "connector.ledger.catalogue.PAGE",
    } <= {*patched}
    for module, name in (
        (write_buffer, "SEEN_AT_ONCE"),
        (write_buffer, "NOTED_AT_ONCE"),
        (suspects, "ASKED_AT_ONCE"),
        (options, "ASKED_AT_ONCE"),
    ):
        assert isinstance(getattr(module, name), int)
        monkeypatch.setattr(module, name, SIZE)


def fill(documents: Documents, count: int) -> list[str]:
    """Push so many documents; their ids in the order of their paths, which is not the order in which they came."""
    ids = [f"ix-f{number:02}" for number in range(count)]
    for number in sorted(range(count), key=lambda n: n * 7 % 11):
        push(documents, make_push(ids[number], container=f"ix-d{number % 4}", path=f"/ix-d/{number:02}/"))
    return ids


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_found_by_ids_is_found_on_every_page(ledger: Ledger, count: int) -> None:
    documents = ledger.documents("intranet")
    ids = fill(documents, count)
    asked = [*ids, "ix-stranger"]
    assert sorted(documents.known(asked)) == ids
    assert sorted(documents.standing(asked)) == ids
    empties = documents.empties([f"ix-d{n}" for n in range(9)], "interaxo")
    assert {one for one, empty in empties.items() if empty.was_filled} == {
        f"ix-d{n % 4}" for n in range(count)
    }
    assert not any(empty.was_noted for empty in empties.values())


@pytest.mark.parametrize("count", COUNTS)
def test_every_confirmed_id_is_walked_once(ledger: Ledger, count: int) -> None:
    documents = ledger.documents("intranet")
    ids = fill(documents, count)
    assert list(documents.confirmed_ids()) == ids


@pytest.mark.parametrize("count", COUNTS)
def test_everything_a_session_has_not_accepted_is_walked_once_parents_first(
    ledger: Ledger, count: int
) -> None:
    documents = ledger.documents("intranet")
    ids = fill(documents, count)
    walked = list(documents.unaccepted(7, source="interaxo"))
    assert [standing.id for standing, _ in walked] == ids
    assert all(body.body for _, body in walked)
    push(documents, *(make_push(one) for one in ids[::2]), session_run=7)
    assert [standing.id for standing, _ in documents.unaccepted(7, source="interaxo")] == ids[1::2]


@pytest.mark.parametrize("count", COUNTS)
def test_everything_missing_is_walked_once_parents_first(ledger: Ledger, count: int) -> None:
    documents = ledger.documents("intranet")
    ids = fill(documents, count)
    rooms = ledger.rooms("intranet")
    rooms.decide("interaxo", "r1", name="R", included=True, public=False, rules=b"")
    rooms.complete("interaxo", ["r1"], run=7)
    documents.miss(ids, run=7, why="")
    assert [one.id for one in documents.missing("interaxo", run=7)] == ids
    assert documents.count_missing("interaxo", run=7) == count


@pytest.mark.parametrize("count", COUNTS)
def test_every_narrowing_and_widening_is_walked_once_parents_first(ledger: Ledger, count: int) -> None:
    documents, pending = ledger.documents("intranet"), ledger.pending_audiences("intranet")
    ids = fill(documents, count)
    digest = pending.remember(audience_of("interaxo:person:kari"))
    pending.narrow([(one, digest, "narrow") for one in ids])
    pending.widen([(one, digest) for one in ids], run=7)
    assert [row[0].id for row in pending.narrowings("narrow")] == ids
    assert [row[0].id for row in pending.widenings(run=7)] == ids
    as_sent = {one: fingerprint for one, (fingerprint, _) in documents.fingerprints(ids).items()}
    documents.lose(ids, until=NOW + 1, fingerprints=as_sent)
    quarantine = ledger.quarantine("intranet")
    for one in ids:
        quarantine.park(
            one,
            source="interaxo",
            native=one,
            room="r1",
            title="T",
            reason="refused",
            values={"why": "m"},
            version=None,
            now=NOW,
        )
    assert [row[0].id for row in pending.refused(now=NOW)] == ids, "what is lost would leave it as it is"
    documents.lose(ids, until=NOW + 1, fingerprints=dict.fromkeys(ids, b"other"))
    assert list(pending.unclear()) == [], "they were sent to fewer already"
    assert list(pending.refused(now=NOW)) == [], "what is lost may make another document of it"
    assert [row[0].id for row in pending.refused(now=NOW + 2)] == ids
    pending.read_anew(ids)
    assert [row[0].id for row in pending.unclear()] == ids


@pytest.mark.parametrize("count", COUNTS)
def test_every_grant_is_found(ledger: Ledger, count: int) -> None:
    grants = ledger.grants("interaxo")
    natives = [f"f{number}" for number in range(count)]
    grants.put([Grant(native=one, parent="d", kind="file", told=Audience(("a",))) for one in natives])
    assert sorted(grants.get([*natives, "stranger"])) == sorted(natives)


@pytest.mark.parametrize("count", COUNTS)
def test_pages_for_people_show_everything_once(ledger: Ledger, count: int) -> None:
    documents = ledger.documents("intranet")
    ids = fill(documents, count)
    documents.hold([(one, "brake") for one in ids], run=7)
    ledger.quarantine("intranet").park(
        "ix-never", source="interaxo", native="never", room="r1", title="Never", reason="refused", values={"why": "no"}, version=None, now=NOW
    )  # fmt: skip
    catalogue = ledger.catalogue("intranet")
    everything = [row.id for row in catalogue.walk(Wanted())]
    assert sorted(everything) == sorted([*ids, "ix-never"])
    seen: list[str] = []
    for page in range(1, count + 2):
        found = catalogue.page(Wanted(state="held"), page=page)
        seen += [row.id for row in found.rows]
        assert found.more == (len(seen) < count)
        if not found.more:
            break
    assert sorted(seen) == ids


# -- whole runs -----------------------------------------------------------------------------------


async def estate(near: Neighbourhood) -> None:
    report = await near.run("full")
    assert report.outcome == "succeeded", report.reasons
    assert near.found() == near.expected()


async def test_runs_narrow_miss_remove_and_verify_beyond_the_first_page(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with plain_world(tmp_path, wide=11, gone=10) as (near, roots):
        near.values["safety.max_deletes"] = 100
        near.values["safety.max_delete_ratio"] = 1.0
        await estate(near)

        near.rooms.set_authorities(roots["wide"], FEW)
        await near.run("delta")
        files = [one.id for one in near.rooms.items() if one.parent_id == roots["wide"]]
        assert len(files) == 11
        assert all(carried_by(near, one) == ["interaxo:group:example-corp/few"] for one in files)

        near.rooms.set_authorities(roots["wide"], EVERYONE)
        await near.run("delta")
        assert all(carried_by(near, one) == ["interaxo:group:example-corp/all"] for one in files)

        for one in [one.id for one in near.rooms.items() if one.parent_id == roots["gone"]][:8]:
            near.rooms.remove(one)
        report = await near.run("delta")
        assert report.documents.deleted == 8
        assert near.found() == near.expected()

        for one in [*near.intranet.documents][::2]:
            del near.intranet.documents[one]
        told = await near.app().verify("intranet", sample=None)
        assert told.asked == 15
        assert sum(told.drift.values()) == 8
        await near.run("full")
        assert near.found() == near.expected()
        assert not live_gone(near)


@pytest.mark.parametrize("count", COUNTS)
def test_everything_below_a_folder_whose_list_changed_is_walked_once(ledger: Ledger, count: int) -> None:
    """Else a closed folder's name stays in the breadcrumbs of what comes after the first page."""
    documents, pending = ledger.documents("intranet"), ledger.pending_audiences("intranet")
    push(documents, make_push("ix-d", path="/ix-d/"), make_push("ix-e", path="/ix-e/"))
    ids = fill(documents, count)
    assert [one.id for one, _, _ in pending.below("interaxo", ["d", "e"])] == ["ix-d", *ids, "ix-e"][1:-1]


@pytest.mark.parametrize("count", COUNTS)
def test_what_a_report_of_audiences_tells_does_not_end_with_a_page(ledger: Ledger, count: int) -> None:
    documents, readers = ledger.documents("intranet"), ledger.readers("intranet")
    lists = [audience_of(f"interaxo:group:c/g{number:02}") for number in range(count)]
    for number, one in enumerate(lists):
        push(documents, make_push(f"ix-f{number:02}", audience=audience_of("interaxo:group:c/all")))
        push(documents, make_push(f"ix-f{number:02}", audience=one), run=2)
    told = [(audience.identities, many) for audience, many in readers.audiences_of("interaxo", "r1")]
    assert sorted(told) == [(one.identities, 1) for one in lists]
    assert [one.after for one in ledger.audience_history("intranet").walk()] == lists
