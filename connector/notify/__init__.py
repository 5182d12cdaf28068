"""Somebody is told: by mail and webhook, of runs that need a person, and each week of what a room's owner can mend."""
