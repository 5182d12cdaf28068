"""Some of the rules are attacked with as many readers as production has, too, and of each some with the ledger on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import ledgers
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture
from tests.rules import ground
from tests.sources.itr_company import company  # noqa: F401 - a fixture

ALSO_WITH_16 = ("test_proof", "test_gate")
ON_POSTGRESQL = {
    "test_unknown_audience_keeps_the_known_and_parks_the_new",
    "test_narrowing_is_confirmed_before_any_other_push",
    "test_unanswered_widening_that_was_taken_back_is_narrowed",
    "test_approval_removes_what_the_run_named_minus_what_came_back",
    "test_what_an_unanswered_end_may_have_removed_counts_for_the_day",
    "test_removals_of_next_year_count_for_a_day_only",
    "test_what_moved_into_a_room_of_another_community_is_found_there",
    "test_refused_document_is_quarantined_with_its_code_and_blocks_no_other",
    "test_late_begin_after_the_pushes_costs_nothing",
    "test_proven_removals_are_done_by_id_when_the_end_is_withheld",
    "test_more_removed_than_predicted_makes_the_next_run_a_full_one",
    "test_a_session_begun_anew_flags_again_what_the_abandoned_one_had_accepted",
    "test_all_below_a_hidden_container_goes_and_a_new_item_in_it_stays_out",
    "test_what_the_intranet_did_not_answer_for_stays_an_order_and_keeps_the_gate_shut",
    "test_late_push_of_a_deleted_document_is_taken_back",
    "test_late_delete_of_a_document_that_came_back_is_put_right",
    "test_dry_run_writes_nothing_anywhere",
    "test_the_address_of_before_releases_what_is_there_again",
    "test_children_are_deleted_before_their_parents",
    "test_globs_that_match_no_room_are_no_success",
    "test_everybody_loses_what_they_lose_though_one_document_is_dated_at_an_end",
    "test_vanished_room_is_held_by_name",
    "test_reissued_file_whose_old_id_still_answers_is_superseded_in_the_second_run",
    "test_restored_older_ledger_takes_everything_as_new",
    "test_what_was_closed_is_closed_again_while_nobody_can_be_asked_who_may_see_it",
    "test_what_was_taken_out_because_fewer_people_were_refused_is_taken_out_again",
    "test_a_lost_ledger_alone_costs_one_full_run_without_an_end",
    "test_what_a_person_keeps_goes_out_bare_and_the_session_ends",
    "test_two_runs_at_once_are_one_run",
    "test_run_that_lost_its_lease_removes_nothing_and_ends_nothing",
}
"""Of each rule what decides about it, played in both databases by `make test`; all of them by `make cluster`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play some of the tests once more in another way."""
    ways = []
    if metafunc.module.__name__.rpartition(".")[2] in ALSO_WITH_16:
        ways.append(pytest.param((16, False), id="16"))
    if metafunc.function.__name__ in ON_POSTGRESQL and not ledgers.ON_POSTGRES:
        ways.append(pytest.param((ground.READERS, True), id="postgresql"))
    if ways:
        metafunc.fixturenames.append("way")
        as_ever = pytest.param((ground.READERS, ledgers.ON_POSTGRES), id=str(ground.READERS))
        metafunc.parametrize("way", [as_ever, *ways], indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let worlds be made with so many readers, and ledgers stand there."""
    readers, on_postgresql = request.param
    monkeypatch.setattr(ground, "READERS", readers)
    if on_postgresql and not ledgers.ON_POSTGRES:
        monkeypatch.setattr(ledgers, "cluster", request.getfixturevalue("cluster"))
        monkeypatch.setattr(ledgers, "ON_POSTGRES", True)
    yield
    assert not on_postgresql or ledgers.has_any(), "its ledger stands elsewhere"
    ledgers.let_go()
