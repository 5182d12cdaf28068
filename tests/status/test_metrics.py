"""What Prometheus is told: so that each alert comes when it should, and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.ledger.store import Ledger
from connector.plan.report import EXIT_CODES
from connector.status.metrics import Metrics
from tests.ledger_pushes import NOW

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yaml"
GROWS = re.compile(r"increase\((\w+)(?:\{(\w+=\"\w+\")\})?\[")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    one = Ledger("sqlite://", now=NOW)
    yield one
    one.close()


def told(metrics: Metrics, ledger: Ledger, *targets: str) -> list[str]:
    text = metrics.render(ledger, {one: {"interaxo"} for one in targets}, now=NOW).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_what_an_alert_asks_the_growth_of_is_told_before_it_grows(ledger: Ledger) -> None:
    """Of a number that is told first as 1, Prometheus sees no growth: the first stalled run would alarm nobody."""
    metrics = Metrics()
    metrics.start(ledger, ["intranet"])
    lines = told(metrics, ledger, "intranet")
    asked = GROWS.findall(ALERTS.read_text(encoding="utf-8"))
    assert len(asked) >= 3
    for name, label in asked:
        found = [one for one in lines if one.startswith(f"{name}{{") and label in one]
        assert found, (name, label)
        assert all(one.endswith(" 0.0") for one in found)


def test_a_run_is_counted_under_one_of_the_names_that_were_told_before(ledger: Ledger) -> None:
    metrics = Metrics()
    metrics.start(ledger, ["intranet"])
    named = {one.partition(" ")[0] for one in told(metrics, ledger, "intranet")}
    runs = ledger.runs("intranet")
    for outcome in EXIT_CODES:
        run = runs.start(mode="delta", dry_run=False, now=NOW)
        runs.finish(run.number, outcome=outcome, report="{}", now=NOW)
    counted = {one.partition(" ")[0] for one in told(metrics, ledger, "intranet") if "runs_total" in one}
    assert counted <= named


def test_a_run_that_works_while_a_rehearsal_ends_is_counted_and_the_newest_is_the_last(
    ledger: Ledger,
) -> None:
    runs, metrics = ledger.runs("intranet"), Metrics()
    begun = runs.start(mode="delta", dry_run=False, now=NOW)
    rehearsed = {"started": NOW, "finished": NOW, "outcome": "succeeded", "report": "{}"}
    runs.remember_rehearsal("A", mode="delta", **rehearsed)
    metrics.start(ledger, ["intranet"])
    runs.remember_rehearsal("B", mode="delta", **rehearsed)
    told(metrics, ledger, "intranet")
    runs.finish(begun.number, outcome="failed", report='{"duration_seconds": 7}', now=NOW)
    after = runs.start(mode="delta", dry_run=False, now=NOW)
    runs.finish(after.number, outcome="failed", report='{"duration_seconds": 9}', now=NOW)
    lines = told(metrics, ledger, "intranet")
    labels = '{mode="delta",outcome="failed",target="intranet"}'
    assert f"interact_connector_runs_total{labels} 2.0" in lines
    assert 'interact_connector_last_run_seconds{mode="delta",target="intranet"} 9.0' in lines


def test_of_a_target_that_the_settings_have_no_more_nothing_is_told_that_would_alarm_for_ever(
    ledger: Ledger,
) -> None:
    metrics = Metrics()
    metrics.start(ledger, ["intranet", "other"])
    assert any(
        'last_good_run_timestamp_seconds{target="other"}' in one
        for one in told(metrics, ledger, "intranet", "other")
    )
    left = [one for one in told(metrics, ledger, "intranet") if 'target="other"' in one]
    assert [one for one in left if "_total" not in one and "_created" not in one] == []
    assert any(
        'last_good_run_timestamp_seconds{target="other"}' in one
        for one in told(metrics, ledger, "intranet", "other")
    )
