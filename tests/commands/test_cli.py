"""The command line as a real process between simulated neighbours: exit codes, JSON, words, signals."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperArgument, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from connector.cli import VERBS, program
from connector.commands.arguments import LEAST
from connector.commands.ledger import CLEARED
from connector.ledger.store import PRUNED
from connector.machine.lock import only_here
from connector.sandbox.faults import Call, Fault, Latency
from connector.sandbox.interact import Refusal
from tests.office import BRAKED, BUSY, DONE, FAILED, LEFT, USAGE, WRONG, Office
from tests.patience import IN_VAIN_S

ALL = 14
"""Documents that the small estate makes: everything but the entry in a historical step and its attachment."""
REPORT = {
    "run_id": str, "mode": str, "target": str, "outcome": str, "reasons": list, "started_at": str, "finished_at": str,
    "duration_seconds": float, "sources": dict, "documents": dict, "held": list, "people": dict, "session": dict, "push": dict,
}  # fmt: skip
SOURCE = {"complete": bool, "items": int, "requests": int, "errors": list}
DOCUMENTS = [
    "live", "added", "updated", "unchanged", "deleted", "quarantined", "suspect", "pending", "held", "without_text",
]  # fmt: skip


def test_a_backfill_and_a_delta_print_one_report_each_in_the_fixed_shape(office: Office) -> None:
    first = office.run("backfill", "--json")
    assert first.code == DONE
    second = office.run("--json", "sync")  # the option stands before or after the verb
    assert second.code == DONE
    for told, mode in ((first, "backfill"), (second, "delta")):
        report = told.json
        assert {key: type(value) for key, value in report.items()}.items() >= REPORT.items()
        assert (report["mode"], report["target"], report["outcome"]) == (mode, "intranet", "succeeded")
        assert {k: type(v) for k, v in report["sources"]["interaxo"].items()}.items() >= SOURCE.items()
        assert list(report["documents"]) == DOCUMENTS
        assert set(report["people"]) == {"pushed", "removed", "held", "oldest_h", "unknown"}
        assert set(report["session"]) == {"opened", "ended", "predicted_removals", "reported_removals"}
        assert set(report["push"]) == {"requests", "bytes"}
        assert "dry_run" not in report
    assert first.json["documents"]["added"] == len(office.intranet.documents) == ALL
    assert second.json["documents"]["unchanged"] == ALL

    shown = office.ask("runs", first.json["run_id"].lower(), "--json")
    assert shown.code == DONE
    assert shown.json == first.json

    status = office.ask("--json", "status")
    assert status.code == DONE
    assert status.json["targets"]["intranet"]["documents"]["live"] == ALL

    why = office.ask("explain", office.small.plan.upper(), "--json")
    assert why.code == DONE
    assert why.json["title"] == "plan.pdf"
    assert why.json["audience"]["identities"] == ["interaxo:group:example-corp/all"]
    none = office.ask("explain", "ix-none", "--json").json["error"]["message"]
    assert "it was never sent, or it was removed" in none
    pushed = office.ask("runs", why.json["pushed_run"], "--json")
    assert (pushed.code, pushed.json["run_id"]) == (DONE, first.json["run_id"])


def test_a_dry_run_names_its_changes_and_writes_nothing(office: Office) -> None:
    told = office.ask("sync", "--mode", "full", "--dry-run", "--json")
    assert told.code == DONE
    assert told.json["dry_run"] is True
    assert len(told.json["changes"]) == ALL
    assert {change["change"] for change in told.json["changes"]} == {"add"}
    assert set(told.json["changes"][0]) == {"id", "change", "title", "why", "code"}
    assert office.intranet.documents == {}
    assert not [call for call in office.wire.calls if call.method == "PUT"]


def test_a_mistake_in_the_settings_is_told_before_any_request(office: Office) -> None:
    told = office.run("sync", "--json", CONNECTOR_TARGETS__INTRANET__APP_ID="many")
    assert told.code == USAGE
    assert set(told.json) == {"error"}
    assert told.json["error"]["key"] == "targets.intranet.app_id"
    assert told.json["error"]["message"] == "expected a whole number"
    assert "CONNECTOR_TARGETS__INTRANET__APP_ID" in told.err
    assert not office.wire.calls


def test_a_run_is_found_by_its_id_with_what_was_copied_with_it(office: Office) -> None:
    run = office.ask("sync", "--json").json["run_id"]
    for copied in (f" {run.lower()} ", f"{run}.", f"{run}. "):
        assert office.ask("runs", copied, "--json").json["run_id"] == run
    decided = office.ask("sync", "--keep", f"{run}.", "--json").json
    assert decided["decided"]["kept"] == run


def test_a_run_is_found_by_the_letters_that_only_its_own_id_begins_with(office: Office) -> None:
    first, second = (office.ask("sync", "--json").json["run_id"] for _ in range(2))
    alike = next(at for at in range(len(first)) if first[at] != second[at])
    assert alike >= LEAST, "both began within minutes"
    assert office.ask("runs", first[: alike + 1].lower(), "--json").json["run_id"] == first
    for option in ("--approve", "--keep"):
        assert office.ask("sync", option, second[:-4], "--json").code == DONE
        several = office.ask("sync", option, first[:alike], "--json")
        assert several.code == USAGE
        assert several.json["error"]["key"] == option
        assert f"several runs begin with {first[:alike]}" in several.json["error"]["message"]
    assert office.ask("runs", first[: LEAST - 1]).code == USAGE
    assert office.ask("runs", "_" * LEAST).code == USAGE


def test_what_does_not_exist_is_told_with_the_next_step(office: Office) -> None:
    run = office.ask("runs", "01NOSUCHRUN", "--json")
    assert run.code == USAGE
    assert "01NOSUCHRUN" in run.json["error"]["message"]
    document = office.ask("explain", "ix-none", "--json")
    assert document.code == USAGE
    assert "ix-none" in document.json["error"]["message"]
    assert "no run was done with this ledger yet" in document.json["error"]["message"]
    for words in (
        ["hide", "ix-none"],
        ["unhide", "ix-none"],
        ["forget", "ix-none", "--yes"],
        ["quarantine", "retry", "ix-none"],
    ):
        refused = office.ask(*words)
        assert refused.code == USAGE, words
        assert not re.match(r"[A-Z_|]+:", refused.err), (
            "the place of an argument in a usage line is no subject"
        )
        assert "ix-none" in refused.err
    source = office.ask("sync", "--source", "itr", "--json")
    assert source.code == USAGE
    assert source.json["error"]["key"] == "--source"
    assert not office.wire.calls


@pytest.mark.parametrize(
    "words",
    [
        "forget| |--yes",
        "unhide|",
        "hide|",
        "explain|",
        "explain|plan.pdf|--for|",
        "sync|--approve=",
        "sync|--source|",
        "backfill|--room|",
        "hide|plan.pdf|--until|",
        "quarantine|drop||--yes",
        "ledger|copy||x.db",
    ],
)
def test_an_argument_that_is_empty_means_nothing_and_least_of_all_everything(
    office: Office, words: str
) -> None:
    told = office.ask(*words.split("|"))
    assert (told.code, told.out) == (USAGE, ""), told.out
    assert "it is empty. Is a variable not set?" in told.err
    assert not office.settings.parent.joinpath("var").exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "hide|The|bid of 2026",
            "“bid of 2026” is too much here. What has spaces in it stands in quotation marks.",
        ),
        ("status|now|please", "“now please” is too much here."),
        ("sync|--mode|half", "Invalid value for '--mode': 'half' is not one of 'delta', 'full'."),
    ],
)
def test_what_a_command_does_not_take_is_told_in_plain_words(
    office: Office, words: str, expected: str
) -> None:
    told = office.ask(*words.split("|"))
    assert (told.code, told.out) == (USAGE, "")
    assert expected in told.err


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "--limit"),
        ("ledger", "verify", "--sample"),
        ("ledger", "prune", "--days"),
        ("audience", "report", "--more-than"),
    ],
)
def test_a_number_that_no_database_counts_to_is_refused(office: Office, words: tuple[str, ...]) -> None:
    told = office.ask(*words, "99999999999999999999")
    assert told.code == USAGE
    assert "1000000000" in told.err


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        ("<&-", "ledger rebuild --json", USAGE),  # which would ask there
        (">&-", "status --json", DONE),
        (">&-", "ledger rebuild --json", USAGE),
        ("2>&-", "ledger rebuild --json", USAGE),
        ("<&- >&- 2>&-", "status --json", DONE),
    ],
)
def test_streams_that_are_closed_take_nothing_and_change_no_exit_code(
    office: Office, closed: str, words: str, code: int
) -> None:
    office.ask("sync")
    told = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m connector {words} {closed}"],
        cwd=office.folder,
        env={**os.environ, **office.secrets},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (told.returncode, "Traceback" in told.stderr) == (code, False), told.stderr
    assert bool(told.stdout) is (not re.search(r"(?<!2)>&-", closed))


def test_every_verb_that_reports_takes_the_settings_and_json_after_it_as_well() -> None:
    pending: list[tuple[str, Any]] = [
        (f"connector {name}", get_command(program).get_command(None, name).real()) for name in VERBS
    ]
    seen = []
    while pending:
        name, verb = pending.pop()
        if isinstance(verb, TyperGroup):
            pending += [(f"{name} {inner}", command) for inner, command in verb.commands.items()]
            continue
        seen.append(name)
        options = {option for parameter in verb.params for option in parameter.opts}
        assert "--json" in options or name == "connector serve", name
        assert verb.help, f"{name} tells nobody what it does"
        for argument in (one for one in verb.params if isinstance(one, TyperArgument)):
            assert argument.help, f"{name} tells nobody what {argument.name} is"
            assert "[" not in (argument.metavar or ""), (
                "the brackets of what may be left out are added by the help itself"
            )
        shown = verb.get_help(verb.make_context(name, [], resilient_parsing=True))
        assert not re.search(r"<(str|int|list|Path|bool)\b", shown), f"{name} names a type of its code"
        assert "--settings" in options or name in {
            "connector demo",
            "connector sandbox",
            "connector source new",
        }, name
    assert len(seen) > 8


@pytest.mark.parametrize("columns", ["80", "60", "50"])
def test_help_parts_no_path_and_no_name_of_a_state_and_tells_bounds_in_words(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    group = get_command(program)
    verbs = {name: group.get_command(None, name).real() for name in VERBS}
    shown = {
        name: verb.get_help(verb.make_context(name, [], resilient_parsing=True))
        for name, verb in {"connector": group, **verbs, **verbs["ledger"].commands}.items()
    }
    for name, text in shown.items():
        assert not re.search(r"\w-\n", text), f"{name} parts a word: {text}"
        assert not re.search(r"[a-z,]\.\.\.$", text, re.M), f"{name} ends amid a sentence: {text}"
        assert not re.search("x<=|x>=|\u2011", text), text
        assert "--settings" not in text or re.search(r"/etc/interact-connector\b", text), f"{name}: {text}"
    assert "without-text," in shown["documents"]
    assert "default: 200; 1 or more" in " ".join(shown["verify"].split())
    assert "default: 0; 0 to 65535" in " ".join(shown["preview"].split())


def test_wrong_credentials_are_worded_as_the_settings_to_mend(office: Office) -> None:
    told = office.ask("check", "--json", **WRONG)
    assert told.code == FAILED
    assert told.json["ok"] is False
    assert "targets.intranet.api_key" in told.json["targets"]["intranet"]["message"]
    assert "client_secret" in told.json["sources"]["interaxo"]["message"]
    sync = office.run("sync", "--json", **WRONG)
    assert sync.code == FAILED
    assert sync.json["outcome"] == "failed"
    assert "client_secret" in " ".join(sync.json["reasons"])


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("TENANT", "other-tenant", "targets.intranet.tenant"),
        ("APP_ID", "48", "targets.intranet.app_id"),
        ("BASE_URL", "http://127.0.0.1:1", "check its address in the settings"),
    ],
)
def test_a_wrong_target_fails_the_run_and_names_the_setting(
    office: Office, key: str, value: str, words: str
) -> None:
    told = office.ask("sync", "--json", **{f"CONNECTOR_TARGETS__INTRANET__{key}": value})
    assert told.code == FAILED
    assert told.json["outcome"] == "failed"
    assert words in " ".join(told.json["reasons"])
    assert office.intranet.documents == {}


def test_what_is_refused_waits_in_quarantine_with_its_reason(office: Office) -> None:
    office.intranet.switches.refuse.append(Refusal("plan.pdf", code=7))
    told = office.run("sync", "--json")
    assert told.code == LEFT
    assert told.json["outcome"] == "quarantined"
    assert told.json["documents"]["quarantined"] == 1
    parked = office.ask("quarantine", "list", "--json")
    assert parked.code == DONE
    assert [one["title"] for one in parked.json["quarantine"]] == ["plan.pdf"]
    assert "date facet" in parked.json["quarantine"][0]["message"]


def test_what_was_cleared_is_counted_in_words_that_people_use(office: Office) -> None:
    assert {*CLEARED} == {*PRUNED, "audiences", "workflows"}
    office.ask("sync", "--mode", "full")
    with closing(sqlite3.connect(office.folder / "var" / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE containers SET id='ix-gone' WHERE id=(SELECT min(id) FROM containers)")
    assert office.ask("ledger", "prune").out == "Cleared: 1 folder without a document.\n"


def test_a_target_named_before_a_verb_below_is_the_one_that_is_meant(office: Office) -> None:
    for below in ([], ["list"], ["retry"], ["drop", "--yes"]):
        told = office.ask("quarantine", "--target", "nowhere", *below)
        assert (told.code, "there is no target 'nowhere'" in told.err) == (USAGE, True), below
        assert office.ask("quarantine", *below).code == DONE


def test_too_many_removals_brake_and_a_person_decides(office: Office) -> None:
    office.ask("backfill")
    office.do(lambda: office.rooms.remove(office.small.site))
    braked = office.run("sync", "--json", CONNECTOR_SAFETY__MAX_DELETES="0")
    assert braked.code == BRAKED
    assert braked.json["outcome"] == "braked"
    assert [one["id"] for one in braked.json["held"]] == [f"ix-{office.small.site}"]
    assert not office.intranet.deletions
    approved = office.ask("sync", "--approve", braked.json["run_id"], "--json")
    assert approved.code == DONE
    assert approved.json["documents"]["deleted"] == 1
    assert [one.id for one in office.intranet.deletions] == [f"ix-{office.small.site}"]


def test_a_second_run_on_the_same_target_is_turned_away(office: Office) -> None:
    base = office.server.urls[1]
    with only_here(f"{base}|{office.intranet.tenant}|{office.intranet.app_id}"):
        told = office.run("sync", "--json")
    assert told.code == BUSY
    assert "Another run" in told.json["error"]["message"]
    assert not office.intranet.documents


@pytest.mark.parametrize("by_systemd", [False, True], ids=["by hand", "as a service"])
def test_a_terminated_backfill_reports_what_it_did_and_the_next_one_goes_on(
    office: Office, by_systemd: bool
) -> None:
    under_way = threading.Event()
    pushes: list[int] = []

    def third_push(call: Call) -> bool:
        if not call.path.endswith("addupdate"):
            return False
        pushes.append(call.number)
        if len(pushes) == 3:
            under_way.set()
        return True

    office.wire.add(Fault(third_push, Latency(0.3), times=None))
    slowly = {
        "CONNECTOR_TARGETS__INTRANET__BATCH_DOCUMENTS": "1",
        "CONNECTOR_TARGETS__INTRANET__CONCURRENCY": "1",
    }
    process = office.start("backfill", "--json", by_systemd=by_systemd, **slowly)
    assert under_way.wait(30)
    process.send_signal(signal.SIGTERM)
    stopped = office.hear(process)
    # to systemd, ending by the signal that was sent is being stopped; any other code would be a failed unit
    assert stopped.code == (-signal.SIGTERM if by_systemd else FAILED)
    assert stopped.json["outcome"] == "cancelled"
    confirmed = stopped.json["documents"]["added"]
    assert 3 <= confirmed == len(office.intranet.documents) < ALL
    office.do(office.wire.faults.clear)
    again = office.ask("backfill", "--json")
    assert again.code == DONE
    assert again.json["documents"]["live"] == len(office.intranet.documents) == ALL
    assert again.json["documents"]["added"] == ALL - confirmed
    roots = {f"ix-{office.small.bridge}", f"ix-{office.small.tunnel}"}
    repeated = {one for one, count in Counter(office.intranet.pushed_since(0)).items() if count > 1}
    assert repeated <= roots  # a room's document also carries the ledger's note


def test_without_a_terminal_the_demo_ends_by_itself_as_it_foretold_and_prints_one_object(
    tmp_path: Path,
) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "connector", "demo", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = json.loads(process.stdout)
    assert process.returncode == DONE, process.stderr
    assert told["ok"] is True
    assert [run["outcome"] for run in told["runs"]] == ["succeeded"] * 3
    assert all(search["as_foretold"] for search in told["searches"])
    assert "sandbox-client-secret" not in process.stdout + process.stderr
    assert not list(tmp_path.iterdir())  # it leaves nothing behind


def test_a_port_of_the_sandbox_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = subprocess.run(
            [sys.executable, "-m", "connector", "sandbox", "--sample", "--port-interact", port],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert process.returncode == FAILED
    assert f"cannot listen on {port}: another program uses it" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_sandbox_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "connector", "sandbox", "--sample", "--json"],
        cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline()
        assert list(tmp_path.iterdir())
        process.terminate()
        assert process.wait(IN_VAIN_S) == 0
    assert not list(tmp_path.iterdir())


def test_settings_of_the_sandbox_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    for named in (tmp_path, tmp_path / "none" / "settings.toml"):
        told = CliRunner().invoke(program, ["sandbox", "--sample", "--write-settings", str(named)])
        assert told.exit_code == FAILED
        assert "cannot be written" in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("loaded", [1, 5, 25, 125])
def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_traceback(office: Office, loaded: int) -> None:
    # interrupted when so many modules of others were looked for: certain, where a clock would not be
    interrupting = (
        "import sys\n"
        "class Count:\n"
        "    left = int(sys.argv[1])\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if not name.startswith('connector'):\n"
        "            Count.left -= 1\n"
        "            if Count.left == -1: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Count())\n"
        "from connector.cli import main\n"
        "sys.argv[1:] = ['status']\n"
        "main()\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", interrupting, str(loaded)],
        cwd=office.folder, env={**os.environ, **office.secrets}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert process.returncode in {FAILED, 128 + signal.SIGINT}, process.stderr
    assert "Traceback" not in process.stderr
