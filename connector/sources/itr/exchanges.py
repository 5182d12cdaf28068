"""
Every call that the connector can make to ITR, for the allow-list and for auditors. PURE.

Not on it, and therefore impossible: the detail of a sessiontest (reading it bills the test), `tokens`
(session tokens of all users), `datagathering` (answers), passwords, and every write. The three POSTs
change nothing but the connector's own sign-in.
"""

from __future__ import annotations

from connector.http import Exchange
from connector.sources.itr.kinds import GENERATED_REPORTS, KINDS

SIGNED = "The session token, in a header."
LISTED = "The session token, page, order and filter by id, in headers."


def _get(path: str, purpose: str, receives: str, *, personal: bool, sends: str = SIGNED) -> Exchange:
    return Exchange(
        method="GET", path=path, purpose=purpose, sends=sends, receives=receives, personal_data=personal
    )


ACCOUNT = (
    Exchange(
        method="GET",
        path="/login",
        purpose="Signs in; once a run, and once more when the token is no longer good.",
        sends="User name, password and company id, in headers.",
        receives="A session token, kept in memory only.",
        personal_data=True,
    ),
    Exchange(
        method="POST",
        path="/login/mfacode",
        purpose="Second step of signing in, where the company asks for a one-time code.",
        sends="User name, password, company id and a one-time code, in headers.",
        receives="A session token, kept in memory only.",
        personal_data=True,
    ),
    Exchange(
        method="POST",
        path="/logout",
        purpose="Signs out at the end of a run.",
        sends=SIGNED,
        receives="A word.",
        personal_data=False,
    ),
    Exchange(
        method="POST",
        path="/checktoken",
        purpose="Asks whether the token and the database are well, before and after an empty listing.",
        sends=SIGNED,
        receives="A word.",
        personal_data=False,
    ),
    _get(
        "/logins/currentuser",
        "Reads the connector's own account: proof that its rights are what they were.",
        "Company and rights of the account.",
        personal=True,
    ),
    _get(
        "/logins/currentuser/companies",
        "Lists the companies of the account: to name them in an error, and as a sign that the database answers.",
        "Ids and names of companies.",
        personal=False,
    ),
    _get("/companies/currentcompany", "Reads the company's name.", "The company's name.", personal=False),
    _get(
        "/logins",
        "Lists the company's logins: its office users become people in the intranet, and it is a sign that the database answers.",
        "Ids, e-mail addresses and names of logins, and whether they are active, supervisors, or see their own records only.",
        personal=True,
        sends=LISTED,
    ),
)
PERSONAL = frozenset({"sessions", "persons", "generatedreports"})
RECORDS = tuple(
    exchange
    for kind in KINDS.values()
    if kind is not GENERATED_REPORTS
    for exchange in (
        _get(
            f"/{kind.name}",
            f"Lists {kind.plural.lower()}; every run.",
            "Rows of the allow-listed fields; the others are skipped unread.",
            personal=kind.name in PERSONAL,
            sends=LISTED,
        ),
        _get(
            f"/{kind.name}/{{id}}",
            f"Reads one of the {kind.plural.lower()}: new or changed ones, on a rotation, and suspects.",
            "The record; of it, allow-listed fields and those that the settings name.",
            personal=kind.name in PERSONAL,
        ),
    )
)
BELOW_SESSIONS = (
    _get(
        "/sessiontests",
        "Lists the tests of many sessions at once, in order of sessions; in full runs, and where many are new or due.",
        "Ids, languages and states of tests; no results.",
        personal=False,
        sends=LISTED,
    ),
    _get(
        "/sessiontests/{session}",
        "Lists the tests of a new or changed session.",
        "Ids, languages and states of tests; no results.",
        personal=False,
        sends=LISTED,
    ),
    _get(
        "/generatedreports/{session}",
        "Lists the reports made for a session; only when the settings name generatedreports.",
        "Ids and titles of reports.",
        personal=True,
        sends=LISTED,
    ),
    _get(
        "/generatedreports/{session}/{id}",
        "Reads one report's record: new ones, and suspects; only when the settings name generatedreports.",
        "The record; its text is skipped unread unless the settings name ReportText.",
        personal=True,
    ),
    _get(
        "/audittrail",
        "Reads which sessions changed since the last run.",
        "Ids of sessions and times.",
        personal=False,
        sends=LISTED,
    ),
)
EXCHANGES = ACCOUNT + RECORDS + BELOW_SESSIONS
