"""Which author key a database was written with: one database, one key."""

from sqlite_utils import Database

from listener.errors import SettingsError
from listener.store.authors import KEY_VARIABLE, AuthorKey
from listener.store.database import transaction


def fingerprint(db: Database) -> str | None:
    """The fingerprint of the key that this database was written with, if any was."""
    row = db.execute("SELECT fingerprint FROM author_key").fetchone()
    return str(row[0]) if row else None


def check_key(db: Database, key: AuthorKey) -> None:
    """Raise SettingsError when this database was written with another key."""
    if fingerprint(db) not in (None, key.fingerprint):
        raise SettingsError(
            f"The author key in {KEY_VARIABLE} is not the one this database was written with.",
            remedy="Put the old key back: with another one every known author is a stranger, "
            "and erasing an author finds nothing. If it is lost for good: "
            "`krasae doctor --adopt-key`.",
        )


def claim(db: Database, key: AuthorKey) -> None:
    """Note the key in a database that has none yet; raise SettingsError when it has another."""
    if fingerprint(db) is None:
        with transaction(db) as connection:
            connection.execute(
                "INSERT OR IGNORE INTO author_key (id, fingerprint) VALUES (1, ?)",
                [key.fingerprint],
            )
    check_key(db, key)


def adopt(db: Database, key: AuthorKey) -> None:
    """Take another key from now on. Authors known so far will not be recognised again."""
    with transaction(db) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO author_key (id, fingerprint) VALUES (1, ?)", [key.fingerprint]
        )
