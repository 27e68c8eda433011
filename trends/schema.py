"""The trends room's tables."""

from sqlite_utils.migrations import Migrations

migrations = Migrations("trends")
