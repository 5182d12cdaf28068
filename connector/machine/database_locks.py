"""The advisory locks that services with one PostgreSQL database take there: one number for each thing that only one of them may do."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class DatabaseLock(IntEnum):
    """Numbers for `pg_advisory_xact_lock`, which knows no names: two things with one number would keep each other waiting."""

    MIGRATE_LEDGER = 0x1E_D6_E2
    LOOK_AFTER_MEMBERS = 0x1E_D6_E3
    PUT_COUNTS_TOGETHER = 0x1E_D6_E4
    MAKE_TEXT_TABLES = 0x7E_E7
    FORGET_TEXTS = 0x7E_E8
