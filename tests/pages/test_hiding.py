"""A document is hidden, and shown again, on its page: with the token, and by name."""

from __future__ import annotations

import re

from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.sandbox.faults import Fault, Status
from connector.wiring.orders import carry_out
from tests.pages.open_page import Open


async def test_a_document_is_hidden_and_shown_again_on_its_page(status: Open) -> None:
    near, plan = status.near, f"ix-{status.small.plan}"
    await near.run("full")
    page = f"/documents/{plan}"
    for data in ({"because": "x"}, {"because": "x", "form_key": "guess"}):
        assert (await status.client.post(f"{page}/hide", data=data)).status_code == 403
    assert "connector hide" in await status.page(page)
    key = await status.sign_in("Kari")
    assert "Hide it now, with everything below it" in await status.page(page)
    answer = await status.client.post(f"{page}/hide", data={"form_key": key, "because": "<b>old</b>"})
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert plan not in near.found()
    told = await status.page(page)
    assert "It is out of the search" in told
    assert "hidden by Kari since" in told
    assert "&lt;b&gt;old&lt;/b&gt;" in told
    listed = await status.page("/documents", params={"state": "hidden"})
    assert "plan.pdf" in listed
    assert re.search(r"hidden by Kari since \d{4}-\d\d-\d\d \d\d:\d\d,", listed), (
        "in the zone of the schedule"
    )
    await near.run("full")
    assert plan not in near.found()
    for told in ("can be found again after the next run", "Nothing hides it any more"):
        assert (await status.client.post(f"{page}/unhide", data={"form_key": key})).status_code == 303
        assert told in await status.page(page)
    with near.app().ledger() as ledger:
        assert [one.kind.value for one in ledger.orders("intranet").about(plan)] == ["unhide", "hide"]
    await near.run("delta")
    assert plan in near.found()
    assert (await status.client.post("/documents/none/hide", data={"form_key": key})).status_code == 303


async def test_what_was_removed_has_a_page_that_tells_by_which_run_and_why(status: Open) -> None:
    near, small = status.near, status.small
    await near.run("full")
    near.rooms.remove(small.plan)
    run = await near.run("delta")
    told = await status.page(f"/documents/ix-{small.plan}")
    assert f"/runs/{run.run_id}" in told
    assert "gone from its source (404)" in told or "deleted" in told
    assert "plan.pdf" in await status.page(f"/runs/{run.run_id}")
    assert "plan.pdf" in await status.page("/documents", params={"state": "removed"})


async def test_what_is_shown_again_below_a_hidden_folder_is_said_to_stay_out(status: Open) -> None:
    near, small = status.near, status.small
    await near.run("full")
    key = await status.sign_in("Kari")
    for one in (small.plan, small.drawings):
        await status.client.post(f"/documents/ix-{one}/hide", data={"form_key": key})
    await status.client.post(f"/documents/ix-{small.plan}/unhide", data={"form_key": key})
    told = await status.page(f"/documents/ix-{small.plan}")
    assert f"connector unhide ix-{small.drawings}" in told.partition("To show that: ")[2][:99]
    assert "can be found again" not in told


async def test_what_was_forgotten_has_no_button_that_shows_it(status: Open) -> None:
    near, plan = status.near, f"ix-{status.small.plan}"
    await near.run("full")
    order = Order(id="O1", target="intranet", kind=OrderKind.FORGET, subject=plan, who="Eva", at=near.clock())
    with near.app().ledger() as ledger:
        ledger.orders("intranet").write(order)
    await carry_out(near.app(), "intranet", near.app().options("intranet", Mode.DELTA))
    assert plan not in near.found()
    key = await status.sign_in("Kari")
    told = await status.page(f"/documents/{plan}")
    assert "forgotten by Eva" in told
    assert "<button>Show it again" not in told
    for action in ("hide", "unhide"):
        await status.client.post(f"/documents/{plan}/{action}", data={"form_key": key})
        told = await status.page(f"/documents/{plan}")
        assert f"connector unhide {plan}" in told.partition("Should it come back: ")[2][:99]
    await near.run("full")
    assert plan not in near.found()


async def test_why_a_document_is_not_out_of_the_search_yet_is_told(status: Open) -> None:
    near, plan = status.near, f"ix-{status.small.plan}"
    await near.run("full")
    key = await status.sign_in("Kari")
    near.wire.add(Fault("PUT *docs/delete*", Status(401), times=None))
    await status.client.post(f"/documents/{plan}/hide", data={"form_key": key})
    told = await status.page(f"/documents/{plan}")
    assert "the key was not accepted" in told
    assert "Interact did not answer" not in told
    assert "The order is written down: the next run carries it out" in told
