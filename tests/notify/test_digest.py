"""What the week's mail tells the owner of a room: titles of what they may see themselves, and of the rest the number."""

from __future__ import annotations

import pytest

from connector.document.audience import Audience
from connector.notify.digest import read_room
from connector.ports.matching import Matching, record_id
from tests.desk import NOW, SOURCE, Desk

KARI, OLA = "kari@example.com", "ola@example.com"
MINE, OTHERS = f"{SOURCE}:group:c/mine", f"{SOURCE}:group:c/others"
AUDIENCES = {
    "ix-mine": Audience((MINE,)),
    "ix-others": Audience((OTHERS,)),
    "ix-nobody": Audience(()),
    "ix-public": Audience((), public=True),
}


@pytest.mark.parametrize(
    ("owner", "found", "told"),
    [
        ("Kari@example.com", True, {"ix-mine", "ix-public"}),
        (KARI, False, {"ix-public"}),
        (OLA, True, {"ix-public"}),
    ],
    ids=["may see one", "the intranet knows her no more", "it never knew him"],
)
def test_titles_are_told_of_what_the_owner_may_see(owner: str, found: bool, told: set[str]) -> None:
    desk = Desk()
    desk.add_room("r1")
    for name, audience in AUDIENCES.items():
        desk.add(name, "ix-r1", audience=audience, text_missing="too-big")
    for name in (*AUDIENCES, "ix-new"):
        desk.ledger.quarantine("intranet").park(
            name,
            source=SOURCE,
            native=name[3:],
            room="r1",
            title=name,
            reason="refused",
            values={"why": "no"},
            version=b"v2",
            now=NOW,
        )
    people, record = desk.books.people, [(record_id(KARI), KARI, (MINE,))]
    people.intend(record)
    people.confirm(record, before={}, session_run=1, redo_after=None, now=NOW)
    if not found:
        before = people.intend(record)
        people.confirm_not_found(record, before=before, session_run=1, redo_after=None, now=NOW)
    digest = read_room(desk.ledger, "intranet", "r1", owner=owner, matching=Matching())
    desk.close()
    assert digest is not None
    (without_text,), (missing,) = digest.without_text, digest.missing
    assert (without_text.count, set(without_text.titles)) == (4, told)
    assert (missing.count, {one.partition(":")[0] for one in missing.titles}) == (5, told)
    assert digest.unseen is not None
    assert digest.unseen.count == 1
