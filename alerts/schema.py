"""The alerts room's tables."""

from sqlite_utils.migrations import Migrations

migrations = Migrations("alerts")
