"""How the account's company is called in the breadcrumb of every record: as it was told last while it cannot be read."""

from __future__ import annotations

from connector.ports.source import SourceNotes
from connector.sources.itr.account import OWN_COMPANY, Account

NOTE = "company-name"


class CompanyName:
    """The name of the account's company, between runs."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes

    def settle(self, account: Account) -> None:
        """Call the company of an account that signed in as it was called last, if it cannot be read how it is called now."""
        note = self._notes.get(NOTE, account.company_key)
        last = "" if note is None else note.value.decode()
        if OWN_COMPANY not in account.overlooked and account.company_name != last:
            self._notes.put(NOTE, account.company_key, account.company_name.encode())
        elif last:
            account.company_name = last
