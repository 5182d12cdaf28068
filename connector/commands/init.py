"""`connector init`: a few questions, a settings file, where each secret goes, and then `check`."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from connector.app import KINDS, App
from connector.commands import inspection, screens
from connector.commands.common_options import AsJson, SettingsPath, asked, new_verb
from connector.commands.first_settings import TARGET, write_settings
from connector.commands.running import FAILED, agree, read_settings, run_verb, tell
from connector.configuration.tables import here_zone
from connector.engine.event_loop import run_program
from connector.errors import ConnectorError, SettingsError
from connector.machine import owner
from connector.machine.storage import words_of_access
from connector.settings import check
from connector.sources.kind import AnyKind
from connector.target.info import read_info

verb = new_verb()
WEEKLY, QUARTERLY = "30 2 * * 0", "*/15 * * * *"
QUESTIONS = {
    "base_url": "Address of its API (ApiDomain of the info page)",
    "tenant": "Tenant (TenantGuid of the info page)",
    "app_id": "Number of the connector in Interact (appid, at the end of its edit page)",
    "id_prefix": "First part of every document's id; it can never change (1 to 8 of a-z, 0-9, -)",
    "identities": "Identities that may find everything (separated by commas)",
    "timezone": "Time zone of the schedule",
}


@verb.command()
def init(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    def run() -> int:
        if not sys.stdin.isatty():
            raise SettingsError(
                "",
                "connector init asks questions and needs a terminal. Without one, fill in a settings.toml by hand: docs/settings.md",
            )
        file = settings or asked.settings or Path("settings.toml")
        _check_place(file)
        if file.exists():
            agree(f"{file} exists already. Replace it?", yes=False)
        answers = ask_until_right(file)
        owner.make_file(file)
        file.write_text(write_settings(answers, KINDS), encoding="utf-8")
        _say(f"\nWritten: {file}")
        told: dict[str, Any] = {"settings": str(file), "missing": {}, "check": None}
        try:
            app = App(read_settings(file))
        except SettingsError as error:
            told["missing"] = {one.key: one.message for one in (error, *error.also)}
            _say("Still missing, and where each goes:")
            for one in (error, *error.also):
                _say(f"  {one.key}: {one.message}")
            _say(
                "The credentials folder is /etc/interact-connector/credentials for a service, /run/secrets in a container, else what "
                "$CREDENTIALS_DIRECTORY names."
            )
            _say(
                f"Give these files the mode 0600. Then run: connector --settings {shlex.quote(str(file))} check"
            )
            tell(told, lambda _: None, as_json)
            return 0
        told["check"] = result = run_program(inspection.inspect(app, now=time.time()))
        tell(told, lambda _: screens.show_check(result), as_json)
        return 0 if result["ok"] else FAILED

    run_verb(run, as_json)


def _check_place(file: Path) -> None:
    """
    Find out whether a file can be written before anything is asked; nothing is made.

    Raises:
        SettingsError: it cannot.
    """
    if file.is_dir():
        raise SettingsError(
            "--settings", f"{file} is a folder; name a file in it, such as {file}/settings.toml"
        )
    if not file.parent.is_dir():
        raise SettingsError("--settings", f"there is no folder {file.parent}; make it first")
    if why := words_of_access(file):
        raise SettingsError("--settings", f"the file cannot be written: {why}")


def ask_until_right(file: Path) -> dict[str, Any]:
    """Ask everything; what the settings would refuse is told and asked for again."""
    answers = ask_everything()
    while True:
        layers = [("your answer", key.split("."), value) for key, value in answers.items()]
        try:
            check(layers, file=file, kinds=KINDS, secrets=False)
        except SettingsError as error:
            for one in (error, *error.also):
                _say(f"  {one.key}: {one.message}")
                for key in _asked_again(one.key, answers):
                    answers[key] = ask(key, answers)
        else:
            return answers


def ask_everything() -> dict[str, Any]:
    """Ask for the intranet, one source, and how its rights are to be read."""
    answers: dict[str, Any] = {}
    _say(
        "A few questions about the intranet and the first source. Ctrl-C ends this; nothing is written until the end.\n"
    )
    address = _line("Address of the intranet, as people type it")
    try:
        info = run_program(read_info(address))
    except ConnectorError as error:
        _say(
            f"  {error}\n  Please type the next two answers yourself; an administrator of the intranet knows them."
        )
        for key in ("base_url", "tenant"):
            answers[f"targets.{TARGET}.{key}"] = ask(f"targets.{TARGET}.{key}", answers)
    else:
        _say(
            f"  It answers{f' as {info.name}' if info.name else ''}: its API is at {info.api_domain}, tenant {info.tenant_guid}."
        )
        answers[f"targets.{TARGET}.base_url"] = info.api_domain
        answers[f"targets.{TARGET}.tenant"] = info.tenant_guid
    answers[f"targets.{TARGET}.app_id"] = ask(f"targets.{TARGET}.app_id", answers)
    offered = {one.kind: one for one in KINDS}
    kind = offered[_choice("Kind of the first source", dict.fromkeys(offered, ""))]
    source = f"sources.{kind.kind}"
    answers[f"{source}.kind"] = kind.kind
    answers[f"{source}.id_prefix"] = ask(f"{source}.id_prefix", answers)
    for question in kind.questions:
        key = f"{source}.{question.key}"
        answers[key] = ask(key, answers) if question.words else question.default
    if kind.rights:
        answers[f"{source}.permissions"] = ask(f"{source}.permissions", answers)
        if answers[f"{source}.permissions"] == "fixed":
            answers[f"{source}.identities"] = ask(f"{source}.identities", answers)
    answers["schedule.timezone"] = ask("schedule.timezone", answers)
    answers["schedule.delta"], answers["schedule.full"] = QUARTERLY, WEEKLY
    return answers


def ask(key: str, answers: dict[str, Any]) -> Any:
    """Ask for one setting."""
    table, _, name = key.rpartition(".")
    kind = _kind(answers.get(f"{table}.kind", ""))
    if kind and name == "permissions":
        _say(
            "How should rights be read? There is no default, because each choice exposes something different."
        )
        return _choice("Rights", kind.rights)
    own = next((one for one in kind.questions if one.key == name), None) if kind else None
    default = (
        own.default
        if own
        else {"id_prefix": kind.id_prefix if kind else "", "timezone": here_zone()}.get(name, "")
    )
    answer = _line(own.words if own else QUESTIONS[name], default)
    if name == "identities" or (own and own.several):
        return [one.strip() for one in answer.split(",") if one.strip()]
    return int(answer) if name == "app_id" and answer.isascii() and answer.isdigit() else answer


def _kind(name: str) -> AnyKind | None:
    return next((one for one in KINDS if one.kind == name), None)


def _asked_again(key: str, answers: dict[str, Any]) -> list[str]:
    """Which answers a complaint is about: one, or what a table's own rule joins."""
    if key in answers:
        return [key]
    return [
        one for one in answers if one.startswith(f"{key}.") and one.endswith((".permissions", ".identities"))
    ] or [next(iter(answers))]


def _line(words: str, default: str = "") -> str:
    answer: str = typer.prompt(words, default=default or None, err=True)
    return answer.strip()


def _choice(words: str, choices: Mapping[str, str]) -> str:
    """Have one of several taken, none of which is a default."""
    for name, exposes in choices.items():
        if exposes:
            _say(f"  - {name}: {exposes}")
    while True:
        answer = _line(f"{words} ({', '.join(choices)})")
        if answer in choices:
            return answer
        _say(f"  Please answer with one of: {', '.join(choices)}")


def _say(words: str) -> None:
    screens.say(words, stderr=True)
