"""
Every call that the connector can make to ITR, for the allow-list and for auditors. PURE.

Not on it, and therefore impossible: the detail of a sessiontest (reading it bills the test), `tokens`
(session tokens of all users), `datagathering` (answers), passwords, and every write. The three POSTs
change nothing but the connector's own sign-in.
"""

from __future__ import annotations

from connector.http.exchange import AS_DOCUMENT, Exchange
from connector.sources.itr.kinds import GENERATED_REPORTS, KINDS

SESSION = "SessionID (the session token)"
DATABASES = ("IncludeMaster", "IncludeClient")
PAGES = ("StartPage", "PageSize", "Sort", *DATABASES)
WHO = ("UserID", "Password", "CompanyID (where it is known)")
SIGNED = "The session token, in a header."
LISTED = "The session token, page, order, databases and a filter, in headers."
ONE_RECORD = f"{AS_DOCUMENT}; and that ITR answered for the record"
IN_MEMORY = "the session token, in memory, until the run ends"


def _get(
    path: str,
    purpose: str,
    receives: str,
    *,
    personal: bool,
    header: tuple[str, ...] = (),
    sends: str = SIGNED,
    kept: str = "nothing",
) -> Exchange:
    return Exchange(
        method="GET",
        path=path,
        purpose=purpose,
        sends=sends,
        receives=receives,
        personal_data=personal,
        header=(SESSION, *header),
        kept=kept,
    )


def _list(path: str, purpose: str, receives: str, *, personal: bool, filters: str, kept: str) -> Exchange:
    return _get(
        path,
        purpose,
        receives,
        personal=personal,
        header=(*PAGES, f"Filter ({filters})"),
        sends=LISTED,
        kept=kept,
    )


def _list_below(path: str, purpose: str, receives: str, *, personal: bool, kept: str) -> Exchange:
    return _get(
        path,
        purpose,
        receives,
        personal=personal,
        header=("StartPage", "Sort", *DATABASES),
        sends="The session token, page, order and databases, in headers.",
        kept=kept,
    )


ACCOUNT = (
    Exchange(
        method="GET",
        path="/login",
        purpose="Signs in; once a run, and once more when the token is no longer good.",
        sends="User name, password and company id, in headers.",
        receives="A session token, kept in memory only.",
        personal_data=True,
        header=WHO,
        kept=IN_MEMORY,
    ),
    Exchange(
        method="POST",
        path="/login/mfacode",
        purpose="Second step of signing in, where the company asks for a one-time code.",
        sends="User name, password, company id and a one-time code, in headers.",
        receives="A session token, kept in memory only.",
        personal_data=True,
        header=(*WHO, "MFACode", "Content-Length"),
        kept=IN_MEMORY,
    ),
    Exchange(
        method="POST",
        path="/logout",
        purpose="Signs out at the end of a run.",
        sends=SIGNED,
        receives="A word.",
        personal_data=False,
        header=(SESSION, "Content-Length"),
    ),
    Exchange(
        method="POST",
        path="/checktoken",
        purpose="Asks whether the token and the database are well, before and after an empty listing.",
        sends=SIGNED,
        receives="A word.",
        personal_data=False,
        header=(SESSION, "Content-Length"),
    ),
    _get(
        "/logins/currentuser",
        "Reads the connector's own account: which company and which rights it has.",
        "Company and rights of the account.",
        personal=True,
        kept="a hash of company and rights, and since when they are what they are, in the ledger; company and account in memory",
    ),
    _get(
        "/logins/currentuser/companies",
        "Lists the companies of the account: to name them in an error, and as a sign that the database answers.",
        "Ids and names of companies.",
        personal=False,
        header=(*DATABASES, "StartPage"),
    ),
    _get(
        "/companies/currentcompany",
        "Reads the company's name.",
        "The company's name.",
        personal=False,
        kept=AS_DOCUMENT,
    ),
    _list(
        "/logins",
        "Lists the company's logins: its office users become people in the intranet, and it is a sign that the database answers.",
        "Ids, e-mail addresses and names of logins, and whether they are active, supervisors, or see their own records only.",
        personal=True,
        filters="ID, one or from one on",
        kept="ids, addresses, names and identities of office users, in the ledger, until they leave",
    ),
)
PERSONAL = frozenset({"sessions", "persons", "generatedreports"})
RECORDS = tuple(
    exchange
    for kind in KINDS.values()
    if kind is not GENERATED_REPORTS
    for exchange in (
        _list(
            f"/{kind.name}",
            f"Lists {kind.plural.lower()}; every run.",
            "Rows of the allow-listed fields; the others are skipped unread.",
            personal=kind.name in PERSONAL,
            filters="ID, from one on or back; ManagedByUserID, with check only",
            kept=AS_DOCUMENT,
        ),
        _get(
            f"/{kind.name}/{{id}}",
            f"Reads one of the {kind.plural.lower()}: new or changed ones, on a rotation, suspects, and witnesses for these.",
            "The record; of it, allow-listed fields and those that the settings name.",
            personal=kind.name in PERSONAL,
            header=DATABASES,
            kept=ONE_RECORD,
        ),
    )
)
BELOW_SESSIONS = (
    _list(
        "/sessiontests",
        "Lists the tests of many sessions at once, in order of sessions; in full runs, and where many are new or due.",
        "Ids, languages and states of tests; no results.",
        personal=False,
        filters="SessionID, from one on",
        kept=AS_DOCUMENT,
    ),
    _list_below(
        "/sessiontests/{session}",
        "Lists the tests of a new or changed session.",
        "Ids, languages and states of tests; no results.",
        personal=False,
        kept=AS_DOCUMENT,
    ),
    _list_below(
        "/generatedreports/{session}",
        "Lists the reports made for a session; only when the settings name generatedreports.",
        "Ids and titles of reports.",
        personal=True,
        kept=AS_DOCUMENT,
    ),
    _get(
        "/generatedreports/{session}/{id}",
        "Reads one report's record: new ones, and suspects; only when the settings name generatedreports.",
        "The record; its text is skipped unread unless the settings name ReportText.",
        personal=True,
        header=DATABASES,
        kept=ONE_RECORD,
    ),
    _list(
        "/audittrail",
        "Reads which sessions changed since the last run.",
        "Ids of sessions and times.",
        personal=False,
        filters="CreateDate, from the newest row read before on",
        kept="the time of the newest row, in the ledger; ids of sessions in memory",
    ),
)
EXCHANGES = ACCOUNT + RECORDS + BELOW_SESSIONS
