"""Single items asked for by themselves: what proves that one is gone, and where one is found that its listing lacks."""

from __future__ import annotations

import pytest

from connector.engine.task_group import together
from connector.sandbox.faults import Fault, Instead, Status
from tests.estates import Small
from tests.sources.interaxo_desk import Desk, walk


async def test_only_a_404_below_a_room_and_folder_that_answer_is_proof(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    here.rooms.remove(one.section)
    async with here.source() as source:
        await source.scopes()
        assert (await source.ask(one.section, one.bridge, one.details, ())).gone
        assert (await source.ask(one.plan, one.bridge, one.drawings, [small[0].tunnel])).listed is not None
    for status in (404, 403):
        here.rooms.hide(one.details, status)
        async with here.source() as source:
            await source.scopes()
            verdict = await source.ask(one.section, one.bridge, one.details, [small[0].tunnel])
            assert not verdict.gone
            assert "folder" in verdict.unsure
    here.rooms.unhide(one.details)
    here.rooms.hide(one.plan, 403)
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.plan, one.bridge, one.drawings, [small[0].tunnel])
        assert (verdict.gone, verdict.listed) == (False, None)
        assert "403" in verdict.unsure
    here.rooms.hide_room(one.tunnel)
    async with here.source() as source:
        await source.scopes()
        assert (
            await source.ask(one.report, one.tunnel, one.tunnel, [small[0].tunnel])
        ).unsure == "its room is not listed"


async def test_a_suspect_that_moved_is_found_with_its_new_place(here: Desk, small: list[Small]) -> None:
    one = small[0]
    here.rooms.move(one.section, one.drawings)
    async with here.source() as source:
        top = await walk(source)
        verdict = await source.ask(one.section, one.bridge, one.details, [])
        assert verdict.listed is not None
        assert verdict.listed.version == top[one.section].version
        assert (await source.document(verdict.listed)).path.endswith(f"/ix-{one.drawings}/ix-{one.section}/")
    here.rooms.move(one.section, one.tunnel)
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.section, one.bridge, one.details, [small[0].tunnel])
        assert verdict.listed is not None
        assert (await source.document(verdict.listed)).path == f"/ix-{one.tunnel}/ix-{one.section}/"


def asked(here: Desk, native: str, room: str = "") -> int:
    """How often one item was asked for by itself, in a room or in all."""
    return sum(call.path.endswith(f"{room}/content/{native}") for call in here.wire.calls)


async def test_many_suspects_share_the_answers_of_their_room_and_folder_and_the_next_run_asks_anew(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    extra = [here.rooms.add_file(one.details, f"extra {n}.txt", content=b"x") for n in range(40)]
    for native in extra:
        here.rooms.remove(native)
    async with here.source() as source:
        await source.scopes()
        here.wire.clear()
        verdicts = await together(
            source.ask(native, one.bridge, one.details, [one.tunnel]) for native in extra
        )
        assert all(verdict.gone and not verdict.untold for verdict in verdicts)
        for native, room in ((one.details, "bridge"), (one.bridge, "bridge"), (one.tunnel, "tunnel")):
            assert 1 <= asked(here, native, room) <= len(extra) / 4
    here.rooms.hide(one.details)
    async with here.source() as source:
        await source.scopes()
        assert not (await source.ask(extra[0], one.bridge, one.details, ())).gone


async def test_many_that_stand_in_one_folder_are_found_with_few_questions_about_it_and_what_is_above(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    many = [here.rooms.add_file(one.details, f"extra {n}.txt", content=b"x") for n in range(40)]
    async with here.source() as source:
        await source.scopes()
        here.wire.clear()
        verdicts = await together(source.ask(native, one.bridge, one.bridge, ()) for native in many)
        assert {verdict.container for verdict in verdicts} == {f"ix-{one.details}"}
        assert [verdict.listed.native for verdict in verdicts if verdict.listed is not None] == many
        for native in (one.details, one.drawings, one.bridge):
            assert 1 <= asked(here, native) <= len(many) / 4
        here.rooms.move(one.details, one.bridge)
        verdict = await source.ask(many[0], one.bridge, one.bridge, ())
        assert verdict.listed is not None
        path = (await source.document(verdict.listed)).path
        assert path == f"/ix-{one.bridge}/ix-{one.details}/ix-{many[0]}/", (
            "what it said before is not gone by"
        )


@pytest.mark.parametrize("status", [404, 503])
async def test_many_that_stand_in_a_folder_which_cannot_be_read_share_that_answer(
    here: Desk, small: list[Small], status: int
) -> None:
    one = small[0]
    many = [here.rooms.add_file(one.details, f"extra {n}.txt", content=b"x") for n in range(40)]
    async with here.source() as source:
        await source.scopes()
        here.wire.clear()
        here.wire.add(Fault(f"GET *bridge/content/{one.details}", Status(status), times=None))
        verdicts = await together(source.ask(native, one.bridge, one.bridge, ()) for native in many)
        assert all("but not the folder it is in" in verdict.unsure for verdict in verdicts)
        assert 1 <= asked(here, one.details) <= len(many) / 4


@pytest.mark.parametrize("status", [403, 404, 503])
async def test_what_answered_before_a_suspect_was_asked_for_proves_nothing(
    here: Desk, small: list[Small], status: int
) -> None:
    one = small[0]
    here.rooms.remove(one.section)
    async with here.source() as source:
        await source.scopes()
        assert (await source.ask(one.section, one.bridge, one.details, [one.tunnel])).gone
        # from now on a gateway answers 404 to everything, or the room has another short name
        here.wire.add(Fault(f"GET *bridge/content/{one.plan}", Status(404), times=None))
        here.wire.add(Fault(f"GET *bridge/content/{one.bridge}", Status(status), times=None))
        verdict = await source.ask(one.plan, one.bridge, one.bridge, [one.tunnel])
        assert (verdict.gone, verdict.unsure) == (False, "its room does not answer for itself")


async def test_who_answers_404_is_gone_only_while_her_community_answers_after_it(
    here: Desk, small: list[Small]
) -> None:
    kari = "example-corp/kari@example.com"
    async with here.source() as source:
        assert [one.gone for one in await source.people(["example-corp/nobody"])] == [True]
        fault = here.wire.add(Fault("GET */people/*", Status(404), times=None))
        assert await source.people([kari]) == []
        here.wire.faults.remove(fault)
    async with here.source() as source:
        assert [one.gone for one in await source.people([kari])] == [False]


async def test_a_404_of_another_room_that_does_not_answer_for_itself_is_none(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    extra = here.rooms.add_file(one.details, "extra.txt", content=b"x")
    for native in (one.section, extra):
        here.rooms.remove(native)
    async with here.source() as source:
        await source.scopes()
        assert (await source.ask(extra, one.bridge, one.details, [one.tunnel])).untold == ()
        here.rooms.rename_room(one.tunnel, slug="tube")
        here.wire.clear()
        for _ in range(2):
            verdict = await source.ask(one.section, one.bridge, one.details, [one.tunnel])
            assert (verdict.gone, verdict.untold) == (True, ("example-corp/tunnel",))
        assert asked(here, one.tunnel) == 1, "asked for once more, and left alone then"


@pytest.mark.parametrize("status", [403, 404])
async def test_a_room_that_does_not_answer_for_itself_is_named_as_the_reason(
    here: Desk, small: list[Small], status: int
) -> None:
    one = small[0]
    here.rooms.remove(one.section)
    async with here.source() as source:
        await source.scopes()
        here.wire.add(Fault(f"GET *content/{one.bridge}", Status(status), times=None))
        verdict = await source.ask(one.section, one.bridge, one.details, ())
        assert (verdict.gone, verdict.unsure) == (False, "its room does not answer for itself")
        here.wire.clear()
        verdict = await source.ask(one.plan, one.bridge, one.details, ())
        assert verdict.listed is not None, "what answers is there, whatever its room says"


async def test_an_odd_answer_of_a_folder_is_an_answer(here: Desk, small: list[Small]) -> None:
    one = small[0]
    here.rooms.remove(one.section)
    async with here.source() as source:
        await source.scopes()
        odd = Instead(b'{"id":"%s","type":"simple-folder","name":7}' % one.details.encode())
        here.wire.add(Fault(f"GET *content/{one.details}", odd, times=None))
        assert (await source.ask(one.section, one.bridge, one.details, ())).gone


async def test_an_odd_answer_in_another_room_is_an_answer_and_that_room_is_asked_on(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    extra = here.rooms.add_file(one.details, "extra.txt", content=b"x")
    for native in (one.section, extra):
        here.rooms.remove(native)
    async with here.source() as source:
        await source.scopes()
        odd = Instead(b'{"id":"%s","type":"file","name":7}' % one.section.encode())
        here.wire.add(Fault(f"GET *tunnel/content/{one.section}", odd, times=None))
        verdict = await source.ask(one.section, one.bridge, one.details, [one.tunnel])
        assert (verdict.gone, verdict.listed) == (False, None)
        assert "cannot be read" in verdict.unsure
        verdict = await source.ask(extra, one.bridge, one.details, [one.tunnel])
        assert (verdict.gone, verdict.untold) == (True, ())


@pytest.mark.parametrize(
    "odd", [b'"type":"simple-folder","name":7', b'"type":"simple-folder","fields":[{"value":1e999}]']
)
async def test_what_stands_in_a_folder_of_another_room_that_cannot_be_read_is_unsure(
    here: Desk, small: list[Small], odd: bytes
) -> None:
    one = small[0]
    folder = here.rooms.add_folder(one.tunnel, "Folder")
    here.rooms.move(one.section, folder)
    async with here.source() as source:
        await source.scopes()
        here.wire.add(
            Fault(f"GET *content/{folder}", Instead(b'{"id":"%s",%s}' % (folder.encode(), odd)), times=None)
        )
        verdict = await source.ask(one.section, one.bridge, one.details, [one.tunnel])
        assert (verdict.gone, verdict.listed) == (False, None)
        assert verdict.unsure.startswith("the source has it, but not the folder it is in: ")


async def test_folders_that_stand_in_each_other_are_asked_for_once(here: Desk, small: list[Small]) -> None:
    one = small[0]
    for inner, outer in ((one.details, one.drawings), (one.drawings, one.details)):
        row = f'{{"id":"{inner}","type":"simple-folder","name":"F","parent_id":"{outer}"}}'
        here.wire.add(Fault(f"GET *content/{inner}", Instead(row.encode()), times=None))
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.section, one.bridge, one.details, ())
        assert (verdict.gone, verdict.unsure) == (False, "the source has it, but under another room")
        assert (asked(here, one.details), asked(here, one.drawings)) == (1, 1)


@pytest.mark.parametrize("status", [403, 503])
async def test_rooms_that_do_not_tell_are_named_and_those_that_give_no_answer_asked_once(
    here: Desk, small: list[Small], status: int
) -> None:
    one = small[0]
    extra = here.rooms.add_file(one.details, "extra.txt", content=b"x")
    for native in (one.section, extra):
        here.rooms.remove(native)
    async with here.source() as source:
        await source.scopes()
        here.wire.add(Fault("GET *tunnel/content/*", Status(status), times=None))
        for native in (one.section, extra):
            verdict = await source.ask(native, one.bridge, one.details, [one.tunnel])
            assert (verdict.gone, verdict.untold) == (True, ("example-corp/tunnel",))
        assert asked(here, one.section, "tunnel") == 1
        assert asked(here, extra, "tunnel") == (0 if status == 503 else 1)


async def test_only_the_rooms_that_are_named_are_asked_besides_its_own(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    third = here.rooms.add_room("example-corp", "annex", "Annex")
    here.rooms.remove(one.section)
    async with here.source() as source:
        await source.scopes()
        here.wire.clear()
        await source.ask(one.section, one.bridge, one.details, [one.bridge, third])
        rooms = [call.path.split("/")[4] for call in here.wire.calls if call.path.endswith(one.section)]
        assert rooms == ["bridge", "annex"]


async def test_a_suspect_whose_room_is_not_listed_may_stand_in_another(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    here.rooms.move(one.report, one.drawings)
    here.rooms.hide_room(one.tunnel)
    async with here.source() as source:
        await source.scopes()
        here.wire.add(Fault("GET *bridge/content/*", Status(403), times=1))
        verdict = await source.ask(one.report, one.tunnel, one.tunnel, [one.bridge])
        assert (verdict.gone, verdict.listed) == (False, None)
        assert (verdict.unsure, verdict.untold) == ("its room is not listed", ("example-corp/bridge",))
        verdict = await source.ask(one.report, one.tunnel, one.tunnel, [one.bridge])
        assert (verdict.room, verdict.container, verdict.untold) == (one.bridge, f"ix-{one.drawings}", ())


async def test_what_stands_deep_is_found_with_every_folder_above_it(here: Desk, small: list[Small]) -> None:
    one = small[0]
    async with here.source() as source:
        there = await walk(source)
        for native in (one.photo, one.rfi, one.current, one.section, one.bridge):
            verdict = await source.ask(native, one.bridge, one.bridge, ())
            assert verdict.listed is not None
            assert verdict.listed.id == f"ix-{native}"
            assert (verdict.room, verdict.gone) == (one.bridge, False)
            if native != one.bridge:
                assert verdict.listed.version == there[native].version, "as its listing would have it"
                assert verdict.container == f"ix-{here.rooms.item(native).parent_id}"
                assert verdict.listed.kind == there[native].kind
                assert (await source.document(verdict.listed)).path == (
                    await source.document(there[native])
                ).path


@pytest.mark.parametrize("silent", [True, False])
async def test_every_room_is_asked_whatever_the_one_before_it_said(
    here: Desk, small: list[Small], silent: bool
) -> None:
    one = small[0]
    for name in ("annex", "yard"):
        here.rooms.add_room("example-corp", name, name.title())
    last = list(here.rooms.rooms)[-1]
    extra = here.rooms.add_file(one.details, "extra.txt", content=b"x")
    here.rooms.remove(extra)
    here.rooms.move(one.section, last)
    async with here.source() as source:
        await source.scopes()
        others = [root for root in here.rooms.rooms if root != one.bridge]
        if silent:
            here.wire.add(Fault("GET *tunnel/content/*", Status(503), times=None))
            assert (await source.ask(extra, one.bridge, one.details, others)).untold == (
                "example-corp/tunnel",
            )
        verdict = await source.ask(one.section, one.bridge, one.details, others)
        assert (verdict.room, verdict.container) == (last, f"ix-{last}")


async def test_a_folder_that_moved_is_listed_in_the_room_where_it_stands(
    here: Desk, small: list[Small]
) -> None:
    one = small[0]
    for room, native in ((one.bridge, one.details), (one.tunnel, one.drawings)):
        if room == one.tunnel:
            here.rooms.move(one.drawings, one.tunnel)
        async with here.source() as source:
            await source.scopes()
            verdict = await source.ask(native, one.bridge, one.bridge, [one.tunnel])
            assert verdict.listed is not None
            assert verdict.listed.container is not None
            assert verdict.listed.container.scope.key == room


async def test_what_stands_in_something_that_holds_nothing_is_unsure(here: Desk, small: list[Small]) -> None:
    one = small[0]
    for above, native in ((one.plan, one.section), (one.section, one.plan)):
        row = f'{{"id":"{native}","type":"file","name":"f.txt","parent_id":"{above}","version":"1.0",'
        row += '"created":"2026-01-01T00:00:00Z","last_modified":"2026-01-01T00:00:00Z"}'
        fault = here.wire.add(Fault(f"GET *content/{native}", Instead(row.encode()), times=None))
        async with here.source() as source:
            await source.scopes()
            verdict = await source.ask(native, one.bridge, one.details, ())
            assert (verdict.gone, verdict.unsure) == (False, "the source has it, but under another room")
        here.wire.faults.remove(fault)


@pytest.mark.parametrize("listless", [True, False])
async def test_a_suspect_below_folders_without_lists_has_the_audience_that_its_listing_gives(
    here: Desk, small: list[Small], listless: bool
) -> None:
    one = small[0]
    here.rooms.quirks.authorities_on_simple_folders = not listless
    here.rooms.set_authorities(one.section, [("group", "few")])
    async with here.source(permissions="item", thorough=True) as source:
        there = await walk(source)
        for native in (one.section, one.photo, one.details):
            verdict = await source.ask(native, one.bridge, one.bridge, ())
            assert verdict.listed is not None
            assert verdict.listed.audience == there[native].audience
            assert verdict.listed.version == there[native].version


@pytest.mark.parametrize(("status", "words"), [(404, "404"), (403, "403")])
async def test_what_answers_below_a_folder_that_does_not_is_unsure(
    here: Desk, small: list[Small], status: int, words: str
) -> None:
    one = small[0]
    here.wire.add(Fault(f"GET *content/{one.drawings}", Status(status), times=None))
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.section, one.bridge, one.details, ())
        assert (verdict.gone, verdict.listed) == (False, None)
        assert verdict.unsure.startswith("the source has it, but not the folder it is in: ")
        assert words in verdict.unsure


@pytest.mark.parametrize("parent", ["null", '".."', "itself"])
async def test_what_stands_in_another_tree_is_unsure(here: Desk, small: list[Small], parent: str) -> None:
    one = small[0]
    above = f'"{one.section}"' if parent == "itself" else parent
    row = f'{{"id":"{one.section}","type":"file","name":"section.txt","parent_id":{above},"version":"1.0",'
    row += '"created":"2026-01-01T00:00:00Z","last_modified":"2026-01-01T00:00:00Z"}'
    here.wire.add(Fault(f"GET *content/{one.section}", Instead(row.encode()), times=None))
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.section, one.bridge, one.details, ())
        assert (verdict.gone, verdict.unsure) == (False, "the source has it, but under another room")


async def test_what_stands_in_something_left_out_is_left_out(here: Desk, small: list[Small]) -> None:
    one = small[0]
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.old_attachment, one.bridge, one.superseded, ())
        assert verdict.listed is not None
        assert verdict.listed.left_out.startswith("the folder it is in is left out (")
        assert verdict.listed.id == f"ix-{one.old_attachment}"
        assert (verdict.listed.native, verdict.listed.kind, verdict.listed.name) == (
            one.old_attachment,
            "file",
            "a.txt",
        )
        assert (verdict.room, verdict.container) == (one.bridge, None)


async def test_a_suspect_carries_the_audience_of_its_room(here: Desk, small: list[Small]) -> None:
    one = small[0]
    async with here.source() as source:
        there = await walk(source)
        verdict = await source.ask(one.section, one.bridge, one.details, ())
        assert verdict.listed is not None
        assert verdict.listed.audience == there[one.section].audience is not None
    async with here.source() as source:
        await source.scopes()
        verdict = await source.ask(one.section, one.bridge, one.details, ())
        assert verdict.listed is not None
        assert verdict.listed.audience is None, "who may see a room is told anew in each run"
