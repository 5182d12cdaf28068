"""
The verbs of the command line in words, and how a command is typed on this machine. Loads nothing.

Messages name commands as the README does: `connector sync --approve RUN_ID`. Beside a service that is not what works:
its user, ledger and secrets are its own. So whoever starts the service says in $CONNECTOR_COMMAND what stands in for
`connector` there (`sudo connector-ctl`, `docker compose ... exec connector connector`), and whatever is printed, logged
or shown passes `as_typed_here` last.
"""

from __future__ import annotations

import os
import re

COMMAND = "CONNECTOR_COMMAND"
VERBS = {
    "demo": "Show it between simulated neighbours. Sample rooms become findable, are edited, and are found anew. Needs no settings.",
    "init": "Ask a few questions, write the first settings. Then tell where each secret goes, and check.",
    "check": "Sign in everywhere, say what may be seen. Reads one thing from each source and target; changes nothing.",
    "sync": "One run now.",
    "backfill": "First load, or reload; goes on where it was stopped. Of everything, or of chosen sources or rooms.",
    "status": "Last runs, next runs, and what stands in the ledger.",
    "runs": "The history of runs, or one run in full.",
    "documents": "What is searchable and what is not, with folders. And why files have no text, with what can be done.",
    "explain": "All about one document. Where it comes from, what was pushed and when, who may see it, why it was (not) changed.",
    "hide": "Out of the search now, and out it stays. A document and all below it, by id, link or title, until it is shown again.",
    "unhide": "What was hidden may be found again. From the next run on.",
    "forget": "Erase a document or a person. Here and in the intranet, read back, with a certificate.",
    "hidden": "What people hid, by whom, since when and why.",
    "serve": "The daemon. Scheduled runs, health, metrics and the status page; SIGTERM ends it, SIGHUP reloads settings.",
    "exchanges": "Every call that can be made, for auditors. Hosts, calls, what data passes, what is kept. Calls nothing.",
    "sandbox": "Simulated neighbours to try things on. They answer over real HTTP, until Ctrl-C.",
    "quarantine": "What could not be synchronised, and why.",
    "source": "Begin a source of your own. A folder with a small one that works, its settings and its tests.",
    "ledger": "Compare the ledger with the intranet, back it up, put it back. Copy it into another database, make it anew, clear history.",
}
"""Each verb, in the order of the help, whose list shows first sentences; its module in `connector/commands` has the same name."""

_PLAIN = re.compile(r"[\w@./:=+ -]+")
"""What may stand in a page and in JSON as it is."""
_NAMED = re.compile(rf"(?<![\w@./-])connector (?=(?:{'|'.join(VERBS)})\b)")


def as_typed_here(text: str) -> str:
    """Name each command of a text as it is typed on this machine."""
    command = os.environ.get(COMMAND, "").strip()
    return _NAMED.sub(lambda _: f"{command} ", text) if _PLAIN.fullmatch(command) else text
