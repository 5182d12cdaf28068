"""What became of a batch: every id of it is accounted for, whatever an answer says, and does not. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.ports.target import PeopleResult, PushResult
from connector.target.replies import WORDS_OF_PERSON_CODE, PeopleReply, PushReply, problems_in_words


class Pushes(PushResult, frozen=True, kw_only=True):
    """The same of a batch, with what decides whether it is tried again in parts."""

    is_over: bool = False
    """Nothing of it is under way any more: it was answered, though by nothing that tells of any of them."""
    by_other: bool = False
    """It was answered by somebody between, such as a firewall."""
    is_lasting: bool = False
    """Another try at once would be answered the same."""


def _by_any_case(ids: Sequence[str]) -> dict[str, str]:
    """Our ids by their lower-case form: an intranet that keeps ids in another case names them so in its answers."""
    return {one.lower(): one for one in ids}


def _named(ours: Mapping[str, str], theirs: Sequence[str] | None) -> set[str]:
    """Those of our ids that an answer names, whatever their case there."""
    return {ours[name] for one in theirs or () if (name := one.lower()) in ours}


def account_for(ids: Sequence[str], reply: PushReply) -> Pushes:
    """
    Say of every id of a batch what became of it.

    An id that is both accepted and refused counts as refused; one in neither list as unanswered; a
    refusal without an id cannot be told apart from its neighbours and leaves the missing ones unanswered.
    """
    ours = _by_any_case(ids)
    refused = {
        ours[name]: problems_in_words(failure.Errors)
        for failure in reply.Errors or []
        if failure.is_one and (name := (failure.GloballyUniqueId or "").lower()) in ours
    }
    said = _named(ours, reply.AddedUpdated)
    accepted = [i for i in ids if i in said and i not in refused]
    missing = [i for i in ids if i not in said and i not in refused]
    words = "the answer named neither success nor failure for them" if missing else ""
    return Pushes(accepted=accepted, refused=refused, unanswered=missing, words=words)


def account_for_people(ids: Sequence[str], reply: PeopleReply) -> PeopleResult:
    """Say of every id of a batch what became of it; one in no list counts as unanswered."""
    ours = _by_any_case(ids)
    refused = {
        ours[name]: problems_in_words(failure.Errors, WORDS_OF_PERSON_CODE)
        for failure in reply.Errors or []
        if failure.is_one and (name := (failure.GloballyUniqueId or "").lower()) in ours
    }
    taken = (_named(ours, reply.Added) | _named(ours, reply.Updated)) - refused.keys()
    missing = _named(ours, reply.NotFound) - refused.keys() - taken
    return PeopleResult(
        accepted=[i for i in ids if i in taken],
        not_found=[i for i in ids if i in missing],
        refused=refused,
        unanswered=[i for i in ids if i not in taken | missing | refused.keys()],
    )
