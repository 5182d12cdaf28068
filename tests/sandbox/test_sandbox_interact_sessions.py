"""The intranet that is played: sessions of documents, and people."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.sandbox.interact import Deletion, InteractWorld
from tests.sandbox.writing import document, push, put, state, user


@pytest.mark.parametrize("rule", ["flag", "time"])
async def test_session_deletes_what_was_there_and_not_pushed(
    connector: httpx.AsyncClient, intranet: InteractWorld, rule: Any
) -> None:
    intranet.switches.swept_by = rule
    await push(connector, document("old"), document("kept"), document("explicit", DeletionMode="Explicit"))
    await put(connector, "docs/beginsyncsession")
    await push(connector, document("kept"), document("new"))
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 1}
    assert set(intranet.documents) == {"kept", "new", "explicit"}
    assert intranet.deletions == [Deletion("old", "end", 4)]
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 0}


@pytest.mark.parametrize("rule", ["flag", "time"])
async def test_second_begin_flags_again_what_was_pushed(
    connector: httpx.AsyncClient, intranet: InteractWorld, rule: Any
) -> None:
    intranet.switches.swept_by = rule
    await push(connector, document("a"))
    await put(connector, "docs/beginsyncsession")
    await push(connector, document("a"))
    await put(connector, "docs/beginsyncsession")
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 1}


@pytest.mark.parametrize(("rule", "deleted"), [("flag", 1), ("time", 0)])
async def test_end_without_begin_deletes_by_what_an_older_begin_left(
    connector: httpx.AsyncClient, intranet: InteractWorld, rule: Any, deleted: int
) -> None:
    intranet.switches.swept_by = rule
    await push(connector, document("a"))
    await put(connector, "docs/resetstate?docId=a")
    assert await put(connector, "docs/endsyncsession") == {"Deleted": deleted}


@pytest.mark.parametrize("rule", ["flag", "time"])
async def test_document_that_fails_in_a_session_is_deleted(
    connector: httpx.AsyncClient, intranet: InteractWorld, rule: Any
) -> None:
    intranet.switches.swept_by = rule
    await push(connector, document("a"))
    await put(connector, "docs/beginsyncsession")
    await push(connector, document("a", Title=""))
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 1}


async def test_mode_is_session_when_it_is_not_sent(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    await push(connector, document("a", DeletionMode=None), document("b", DeletionMode="Explicit"))
    assert [row.mode for row in intranet.documents.values()] == ["Session", "Explicit"]


@pytest.mark.parametrize("cascade", [True, False])
async def test_children_go_with_their_parent_when_told_to(
    connector: httpx.AsyncClient, intranet: InteractWorld, cascade: bool
) -> None:
    family = [document("p"), document("c", MaterializedPath="/p/c/", DeletionMode="Explicit")]
    intranet.switches.cascade_on_delete = intranet.switches.cascade_on_end = cascade
    await push(connector, *family)
    await put(connector, "docs/delete", ["p", "unknown"])
    await push(connector, *family)
    await put(connector, "docs/beginsyncsession")
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 2 if cascade else 1}
    causes = ["delete", "cascade", "end", "cascade"] if cascade else ["delete", "end"]
    assert [deletion.cause for deletion in intranet.deletions] == causes
    assert set(intranet.documents) == (set() if cascade else {"c"})


@pytest.mark.parametrize(
    ("match", "touched"),
    [("delimiter", {"1", "c"}), ("prefix", {"1", "10", "c"}), ("segment", {"1", "c", "x"})],
)
async def test_children_are_found_by_path_in_three_ways(
    connector: httpx.AsyncClient, intranet: InteractWorld, match: Any, touched: set[str]
) -> None:
    intranet.switches.path_match = match
    paths = {"1": "/1/", "10": "/10/", "c": "/1/c/", "x": "/other/1/x/"}
    await push(connector, *(document(key, MaterializedPath=path) for key, path in paths.items()))
    await put(connector, "docs/resetstate?docId=1")
    assert {key for key, row in intranet.documents.items() if row.updated is None} == touched


async def test_reset_makes_a_document_an_unpushed_session_one(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    pushed = document("a", DeletionMode="Explicit", SynchroniseState="s", ShouldSaveSynchroniseState=True)
    await push(connector, pushed)
    await put(connector, "docs/resetstate?docId=a")
    assert await state(connector, "a") == {
        "DocExists": True,
        "DateLastUpdated": None,
        "SynchroniseState": None,
    }
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 1}
    await put(connector, "docs/resetstate?docId=a", status=404)


async def test_users_are_added_updated_not_found_or_wrong(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    intranet.switches.people_exist = False
    intranet.seed_person("kari@example.com", "Kari", username="kari")
    for name in ("One", "Two"):
        intranet.seed_person("twin@example.com", name)
    await put(connector, "users/addupdate", [user("u1", "kari@example.com", "a")])
    answer = await put(
        connector,
        "users/addupdate",
        [
            user("u1", "KARI@example.com", "b"),
            user("u2", "", Username="kari"),
            user("u3", "twin@example.com"),
            user("u4", "nobody@example.com"),
            user("", ""),
        ],
    )
    assert (answer["Added"], answer["Updated"], answer["NotFound"]) == (["u2"], ["u1"], ["u3", "u4"])
    assert [error["ErrorCode"] for error in answer["Errors"][0]["Errors"]] == [1, 2]
    assert intranet.identities_of("kari@example.com") == {"b"}


async def test_address_of_two_people_can_be_an_error(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    for name in ("One", "Two"):
        intranet.seed_person("twin@example.com", name)
    intranet.switches.shared_address = "error"
    answer = await put(connector, "users/addupdate", [user("u", "twin@example.com", "a")])
    assert (answer["HasErrors"], answer["NotFound"], answer["Errors"][0]["GloballyUniqueId"]) == (
        True,
        [],
        "u",
    )
    assert intranet.users == {}


async def test_user_session_removes_records_and_their_identities(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    await put(
        connector, "users/addupdate", [user("u1", "a@example.com", "x"), user("u2", "b@example.com", "x")]
    )
    await put(connector, "users/beginsyncsession")
    await put(connector, "users/addupdate", [user("u2", "b@example.com", "x")])
    assert await put(connector, "users/endsyncsession") == {"Deleted": 1}
    assert intranet.identities_of("a@example.com") == set()
    await put(connector, "users/delete", ["u2", "unknown"])
    assert intranet.users == {}
    assert [deletion.cause for deletion in intranet.user_deletions] == ["end", "delete"]


@pytest.mark.parametrize(("switch", "left"), [("cleared", set()), ("kept", {"x"})])
async def test_empty_identities_clear_or_keep(
    connector: httpx.AsyncClient, intranet: InteractWorld, switch: Any, left: set[str]
) -> None:
    intranet.switches.empty_identities = switch
    await put(connector, "users/addupdate", [user("u", "a@example.com", "x")])
    await put(connector, "users/addupdate", [user("u", "a@example.com")])
    assert intranet.identities_of("a@example.com") == left
