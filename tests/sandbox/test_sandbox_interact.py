"""The simulated Interact: rows and flags, partial errors, every unknown as a switch, and the search."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from connector.sandbox.interact import BadRequest, Deletion, InteractWorld, Refusal


def document(key: str, **changes: Any) -> dict[str, Any]:
    """One valid document that everybody with the identity "all" may see."""
    return {
        "GloballyUniqueId": key,
        "DocTypeName": "Interaxo file",
        "Title": f"Title of {key}",
        "Url": f"https://ix.example.com/{key}",
        "DeletionMode": "Session",
        "ExternalIdentities": ["all"],
        "MaterializedPath": f"/{key}/",
    } | changes


def user(key: str, email: str, *identities: str, **changes: Any) -> dict[str, Any]:
    return {
        "GloballyUniqueId": key,
        "Email": email,
        "DeletionMode": "Session",
        "ExternalIdentities": list(identities),
    } | changes


async def put(connector: httpx.AsyncClient, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await (connector.put(path) if body is None else connector.put(path, json=body))
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def push(connector: httpx.AsyncClient, *documents: dict[str, Any]) -> Any:
    return await put(connector, "docs/addupdate", list(documents))


async def state(connector: httpx.AsyncClient, key: str) -> Any:
    answer = await connector.get("docs/state", params={"docId": key})
    assert answer.status_code == 200
    return answer.json()


# ---- the door


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


# ---- errors of single documents


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


# ---- sessions


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


# ---- state, updates, ids


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


# ---- users


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


# ---- search


def found(intranet: InteractWorld, words: str, person: str | None = None) -> list[str]:
    return [hit.id for hit in intranet.search(words, person)]


def test_search_reads_every_field_blind_to_case_and_accents(intranet: InteractWorld) -> None:
    facets = [
        {"Name": "Step", "Type": "Text", "TextValue": "Publisert"},
        {"Name": "Cost", "Type": "Number", "NumberValue": 12.5},
        {"Name": "Due", "Type": "Date", "DateValue": "2026-03-04T00:00:00Z"},
    ]
    intranet.push_documents(
        [
            document(
                "a",
                Title="Ørland bru",
                Summary="Sammendrag",
                Keywords="nøkkelord",
                Bestbets=["bestevalg"],
                FileContents="Fiskepassasje ved A\u030asga\u030ardstrand",
                CrumbLinks=[{"Key": "Tegninger", "Url": "https://x.example.com"}],
                Taxonomy=facets,
            ),
            document("b", Title="Another"),
        ]
    )
    for words in (
        *("orland", "ØRLAND BRU", "sammendrag", "NOKKELORD", "bestevalg", "åsgårdstrand fiskepassasje"),
        *("tegninger", "publisert", "12.5", "2026-03-04", "asgardstrand BRU"),
    ):
        assert found(intranet, words) == ["a"], words
    assert found(intranet, "orland another") == []
    assert found(intranet, 'bru" OR title:another -') == []
    assert found(intranet, "") == ["b", "a"]


def test_search_follows_updates_and_deletions(intranet: InteractWorld) -> None:
    intranet.push_documents([document("a", FileContents="før")])
    assert found(intranet, "før") == ["a"]
    intranet.push_documents([document("a", FileContents="etter")])
    assert found(intranet, "før") == []
    assert found(intranet, "etter") == ["a"]
    intranet.delete_documents(["a"])
    assert found(intranet, "etter") == []


def test_only_shared_identities_find(intranet: InteractWorld) -> None:
    intranet.seed_person("kari@example.com", "Kari", ["g1"])
    intranet.push_documents(
        [document("a", ExternalIdentities=["g1"]), document("b"), document("c", ExternalIdentities=[])]
    )
    assert found(intranet, "title", "kari@example.com") == ["a"]
    intranet.push_users([user("u", "Kari@Example.com", "all")])
    assert set(found(intranet, "title", "kari@example.com")) == {"a", "b"}
    assert intranet.visible_to("kari@example.com") == {"a", "b"}
    assert found(intranet, "title", "stranger@example.com") == []
    assert not intranet.can_see("stranger@example.com", "a")
    intranet.remove_person("kari@example.com")
    assert intranet.visible_to("kari@example.com") == set()


@pytest.mark.parametrize(("ignores", "hits"), [(True, ["a"]), (False, [])])
def test_public_documents_are_found_by_everybody_when_told_to(
    intranet: InteractWorld, ignores: bool, hits: list[str]
) -> None:
    intranet.switches.public_ignores_identities = ignores
    intranet.push_documents([document("a", IsPublic=True)])
    assert found(intranet, "title", "stranger@example.com") == hits


def test_base64_contents_are_decoded_or_refused(intranet: InteractWorld) -> None:
    intranet.switches.file_contents = "base64"
    encoded = base64.b64encode(b"grout curtain").decode()
    intranet.push_documents([document("a", FileContents=encoded)])
    assert found(intranet, "curtain") == ["a"]
    with pytest.raises(BadRequest, match="Base-64"):
        intranet.push_documents([document("b", FileContents="grout curtain")])


def test_snippet_shows_the_passage_and_facets_count(intranet: InteractWorld) -> None:
    text = "fyll " * 200 + "Piezometer i borehull " + "fyll " * 200
    facet = {"Name": "Step", "Type": "Text", "TextValue": "New"}
    intranet.push_documents([document(key, FileContents=text, Taxonomy=[facet]) for key in "ab"])
    hits = intranet.search("piézometer")
    assert "Piezometer i borehull" in hits[0].snippet
    assert len(hits[0].snippet) < 260
    assert intranet.facets(hits) == {"Type": [("Interaxo file", 2)], "Step": [("New", 2)]}


async def test_search_is_json_for_programs_and_a_page_for_people(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    intranet.seed_person("kari@example.com", "Kari <Nordmann>", ["all"])
    intranet.push_documents(
        [
            document(
                "a",
                Title="Bru <script>",
                Url="javascript:alert(1)",
                FileContents="<b>fiskepassasje</b>",
                CrumbLinks=[{"Key": "Rom & mer", "Url": "https://x.example.com/r"}],
            )
        ]
    )
    url = connector.base_url.join("/search?q=fiskepassasje&as=kari@example.com&type=Interaxo%20file")
    answer = (await connector.get(url)).json()
    assert answer["total"] == 1
    assert answer["results"][0]["crumbs"] == [{"label": "Rom & mer", "url": "https://x.example.com/r"}]
    page = (await connector.get(url, headers={"Accept": "text/html"})).text
    assert "&lt;b&gt;<mark>fiskepassasje</mark>&lt;/b&gt;" in page
    assert '<a href="https://x.example.com/r">Rom &amp; mer</a>' in page
    assert "javascript:" not in page
    assert "<script" not in page
    people = (await connector.get(connector.base_url.join("/people"))).json()
    assert people[0]["identities"] == ["all"]
    info = (await connector.get(connector.base_url.join("/info"))).json()
    assert info["TenantGuid"] == intranet.tenant


def test_twenty_thousand_documents_are_searched_in_parts(intranet: InteractWorld) -> None:
    intranet.push_documents([document(f"d{number}", Title=f"Report {number}") for number in range(20_000)])
    assert found(intranet, "report 17") == ["d17"]
    intranet.push_documents([document("d17", Title="Changed")])
    assert found(intranet, "report 17") == []
    assert msgspec.json.decode(msgspec.json.encode(intranet.document_state("d18")))["DocExists"] is True
