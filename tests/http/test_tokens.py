"""How long tokens are kept, and for whom."""

from __future__ import annotations

from connector.http.tokens import KEPT_AT_LEAST_S, RENEW_BEFORE_S, Tokens


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_kept_until_shortly_before_it_ends() -> None:
    clock = Clock()
    tokens = Tokens(clock)
    tokens.keep("us", "one", lifetime_s=3_600)
    clock.now += 3_600 - RENEW_BEFORE_S - 1
    assert tokens.good("us") == "one"
    clock.now += 1
    assert tokens.good("us") == ""


def test_a_token_that_ends_soon_is_kept_for_half_its_time_and_never_for_less_than_is_sane() -> None:
    clock = Clock()
    tokens = Tokens(clock)
    tokens.keep("us", "short", lifetime_s=60)
    tokens.keep("them", "over", lifetime_s=0)
    clock.now += KEPT_AT_LEAST_S - 1
    assert (tokens.good("us"), tokens.good("them")) == ("short", "over")
    clock.now += 1
    assert (tokens.good("us"), tokens.good("them")) == ("short", "")
    clock.now += 30 - KEPT_AT_LEAST_S
    assert tokens.good("us") == ""


def test_only_the_token_that_was_not_accepted_is_dropped() -> None:
    tokens = Tokens(Clock())
    tokens.keep("us", "new", lifetime_s=3_600)
    tokens.drop("us", "old")
    assert tokens.good("us") == "new"
    tokens.drop("us", "new")
    tokens.drop("nobody", "")
    assert tokens.good("us") == ""


def test_what_ended_is_let_go_of_with_the_credentials_it_was_given_for() -> None:
    clock = Clock()
    tokens = Tokens(clock)
    tokens.keep("replaced", "one", lifetime_s=3_600)
    clock.now += 3_600
    tokens.keep("new", "two", lifetime_s=3_600)
    assert list(tokens._kept) == ["new"]
