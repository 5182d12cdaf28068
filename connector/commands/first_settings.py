"""
The first settings file: of a few answers, with comments, in words that say what each choice exposes. PURE.

What an answer may be is settled in one place, `settings.check`; here is only what is asked and how it is written down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.sources.kind import AnyKind

TARGET = "intranet"
_TOP = """\
# Settings of the connector, as `connector init` wrote them. Every key, its default and its meaning: docs/settings.md
# Secrets do not belong here. Each is an environment variable (CONNECTOR_TARGETS__INTRANET__API_KEY, or ..._FILE with a
# path), or a file named after its key (targets.intranet.api_key) in /run/secrets or systemd's credentials.
"""
_COMMENTS = {
    f"targets.{TARGET}.base_url": "where its API answers (ApiDomain of https://YOUR-INTRANET/info)",
    f"targets.{TARGET}.tenant": "TenantGuid of the same page",
    f"targets.{TARGET}.app_id": "the number at the end of the connector's edit page",
    "schedule.timezone": "of the two lines below, which are cron's",
    "schedule.delta": "what changed",
    "schedule.full": "everything, against drift",
}
_COMMENTS_OF_SOURCES = {
    "id_prefix": "first part of every document's id; never change it",
    "identities": "who is shown everything",
}


def write_settings(answers: Mapping[str, Any], kinds: Sequence[AnyKind]) -> str:
    """
    Write a settings file.

    Args:
        answers: by dotted key, in the order of the file.
        kinds: of sources, with their words.
    """
    tables: dict[str, list[tuple[str, str]]] = {}
    for path, value in answers.items():
        table, _, key = path.rpartition(".")
        tables.setdefault(table, []).append((f"{key} = {_toml(value)}", _comment(path, answers, kinds)))
    text = [_TOP]
    for table, lines in tables.items():
        width = max((len(line) for line, comment in lines if comment), default=0)
        body = [f"{line:<{width}}  # {comment}" if comment else line for line, comment in lines]
        text.append("\n".join([f"[{table}]", *body]) + "\n")
    return "\n".join(text)


def _comment(path: str, answers: Mapping[str, Any], kinds: Sequence[AnyKind]) -> str:
    if path in _COMMENTS:
        return _COMMENTS[path]
    table, _, key = path.rpartition(".")
    for kind in kinds:
        if kind.kind == answers.get(f"{table}.kind"):
            if key == "permissions":
                return kind.rights[answers[path]]
            own = {one.key: one.comment for one in kind.questions}
            return own.get(key) or _COMMENTS_OF_SOURCES.get(key, "")
    return ""


def _toml(value: Any) -> str:
    """A text, number or list of texts as TOML; JSON writes them alike."""
    return json.dumps(value, ensure_ascii=False)
