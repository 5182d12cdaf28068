"""The intranet that is played: who is let in, errors of single documents, states, updates and ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connector.sandbox.interact import InteractWorld, Refusal
from tests.sandbox.writing import document, push, put, state, user


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({"X-ApiKey": "wrong"}, "docs/state?docId=a", 401),
        ({"X-Tenant": "wrong"}, "docs/state?docId=a", 403),
        ({}, "../48/docs/state?docId=a", 404),
        ({}, "docs/state", 400),
        ({}, "docs/list", 405),
    ],
)
async def test_wrong_key_tenant_and_app_are_refused(
    connector: httpx.AsyncClient, headers: dict[str, str], path: str, status: int
) -> None:
    answer = await connector.get(connector.base_url.join(path), headers=headers)
    assert answer.status_code == status


async def test_refused_call_has_no_effect(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    answer = await connector.put("docs/addupdate", json=[document("a")], headers={"X-ApiKey": "wrong"})
    assert answer.status_code == 401
    assert intranet.documents == {}


async def test_body_and_array_limits_are_kept(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    intranet.switches.array_limit = 1
    await put(connector, "docs/addupdate", [document("a"), document("b")], 400)
    await put(connector, "docs/delete", ["a", "b"], 400)
    intranet.switches.body_limit = 100
    await put(connector, "docs/addupdate", [document("a")], 413)
    assert intranet.documents == {}


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'[{"Title": NaN}]', b'"x"'])
async def test_body_that_is_no_array_of_objects_is_refused(connector: httpx.AsyncClient, body: bytes) -> None:
    answer = await connector.put("docs/addupdate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"ModifiedDate": "yesterday"},
        {"Title": 5},
        {"Bestbets": "word"},
        {"IsPublic": "no"},
        {"DeletionMode": "session"},
        {"Taxonomy": [{"Name": "n", "Type": "Choice"}]},
        {"Taxonomy": [{"Name": "n", "Type": "Number", "NumberValue": "1"}]},
        {"Taxonomy": [{"Name": "n", "Type": "Date", "DateValue": "2026-01-01"}]},
        {"CrumbLinks": ["x"]},
    ],
)
async def test_value_of_the_wrong_type_fails_the_whole_call(
    connector: httpx.AsyncClient, intranet: InteractWorld, wrong: dict[str, Any]
) -> None:
    await put(connector, "docs/addupdate", [document("a"), document("b", **wrong)], 400)
    assert intranet.documents == {}


async def test_put_without_length_is_refused_unless_allowed(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    request = connector.build_request("PUT", "docs/beginsyncsession")
    del request.headers["Content-Length"]
    assert (await connector.send(request)).status_code == 411
    intranet.switches.length_required = False
    assert (await connector.send(request)).status_code == 200


async def test_partial_errors_name_every_code(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    taxonomy = [{"Type": "Text"}, {"Name": "n", "Type": "Number"}, {"Name": "n", "Type": "Date"}]
    bad = {"Taxonomy": taxonomy, "CrumbLinks": [{"Url": "https://x.example.com"}]}
    answer = await push(connector, document("a"), bad)
    assert answer["HasErrors"] is True
    assert answer["AddedUpdated"] == ["a"]
    (entry,) = answer["Errors"]
    assert entry["HasError"] is True
    assert [error["ErrorCode"] for error in entry["Errors"]] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert entry["Errors"][3]["ErrorMessage"] == "Url must have a value"
    assert list(intranet.documents) == ["a"]


async def test_one_bad_item_can_fail_the_batch(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    intranet.switches.bad_item_fails_batch = True
    await put(connector, "docs/addupdate", [document("a"), document("b", Title="")], 400)
    assert intranet.documents == {}
    assert (await push(connector, document("a")))["AddedUpdated"] == ["a"]


async def test_refusals_match_id_or_title_and_reason(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    intranet.switches.refuse = [
        Refusal("poison", 42, "No"),
        Refusal("heavy", because="text"),
        Refusal("fancy", because="details"),
    ]
    answer = await push(
        connector,
        document("poison"),
        document("heavy-1", FileContents="x"),
        document("heavy-2"),
        document("z1", Title="fancy", Summary="s"),
        document("z2", Title="fancy"),
    )
    assert answer["AddedUpdated"] == ["heavy-2", "z2"]
    assert answer["Errors"][0]["Errors"] == [{"ErrorCode": 42, "ErrorMessage": "No"}]


async def test_lost_id_is_stored_and_not_named(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    intranet.switches.lose = {"a"}
    answer = await push(connector, document("a"), document("b"))
    assert (answer["AddedUpdated"], answer["Errors"]) == (["b"], [])
    assert set(intranet.documents) == {"a", "b"}


async def test_unknown_ids_can_be_refused(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    await push(connector, document("a"))
    intranet.switches.delete_unknown_status = intranet.switches.state_unknown_status = 404
    await put(connector, "docs/delete", ["a", "unknown"], status=404)
    assert (await connector.get("docs/state", params={"docId": "unknown"})).status_code == 404
    assert (await state(connector, "a"))["DocExists"] is True
    await put(connector, "docs/delete", ["a"])
    assert intranet.documents == {}


async def test_a_note_that_is_too_long_is_cut(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    intranet.switches.state_length = 2
    await push(connector, document("a", SynchroniseState="one", ShouldSaveSynchroniseState=True))
    assert (await state(connector, "a"))["SynchroniseState"] == "on"


async def test_state_is_saved_only_when_told_to(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    intranet.clock = lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (await state(connector, "a"))["DocExists"] is False
    await push(connector, document("a", SynchroniseState="one", ShouldSaveSynchroniseState=True))
    await push(connector, document("a", SynchroniseState="two"))
    assert await state(connector, "a") == {
        "DocExists": True,
        "DateLastUpdated": "2026-01-02T03:04:05Z",
        "SynchroniseState": "one",
    }


@pytest.mark.parametrize(("switch", "summary"), [("replaced", None), ("kept", "s")])
async def test_omitted_field_is_replaced_or_kept(
    connector: httpx.AsyncClient, intranet: InteractWorld, switch: Any, summary: str | None
) -> None:
    intranet.switches.omitted_fields = switch
    await push(connector, document("a", Summary="s"))
    await push(connector, document("a"))
    assert intranet.documents["a"].document.get("Summary") == summary


async def test_modified_date_gate_swallows_an_update_that_is_not_newer(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    intranet.switches.modified_date_gate = True
    await push(connector, document("a", ModifiedDate="2026-01-01T00:00:00Z"))
    await put(connector, "docs/beginsyncsession")
    narrowed = document("a", ModifiedDate="2026-01-01T00:00:00Z", ExternalIdentities=[])
    assert (await push(connector, narrowed))["AddedUpdated"] == ["a"]
    assert intranet.documents["a"].document["ExternalIdentities"] == ["all"]
    assert await put(connector, "docs/endsyncsession") == {"Deleted": 0}
    await push(connector, document("a", ModifiedDate="2026-01-01T00:00:00.5Z", ExternalIdentities=[]))
    assert intranet.documents["a"].document["ExternalIdentities"] == []


async def test_ids_can_be_folded_and_cut(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    intranet.switches.fold_id_case = True
    intranet.switches.id_length = 3
    assert (await push(connector, document("ABcd")))["AddedUpdated"] == ["abc"]
    assert (await state(connector, "abC"))["DocExists"] is True
    await put(connector, "docs/delete", ["ABCX"])
    assert intranet.documents == {}


async def test_pushes_are_told_since_a_mark(connector: httpx.AsyncClient, intranet: InteractWorld) -> None:
    await push(connector, document("a"))
    mark = intranet.mark()
    await push(connector, document("b"), document("b"), document("c", Title=""))
    await put(connector, "users/addupdate", [user("u", "kari@example.com")])
    assert intranet.pushed_since(mark) == ["b", "b"]
    assert intranet.users_pushed_since(mark) == ["u"]
    assert intranet.documents["b"].pushed_count == 2
