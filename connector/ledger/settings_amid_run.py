"""When a service read other settings while a run went on, which goes by those of before to its end; in notes of the ledger."""

from __future__ import annotations

from connector.ledger.notes import Notes

KIND = "settings-read"


def note_settings_read(notes: Notes, target: str, *, at: float) -> None:
    """Other settings count from the next run of a target on."""
    notes.put_json(KIND, target, at)


def settings_read_since(notes: Notes, target: str, began: float) -> float | None:
    """When settings were read that a run under way, which began then, does not go by; None: it goes by those of now."""
    at = notes.get_json(KIND, target, float) or 0.0
    return at if at > began else None
