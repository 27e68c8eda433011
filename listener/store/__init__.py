"""The store: one SQLite file, one writer."""

from listener.store.authors import AuthorKey
from listener.store.cursors import advance, position
from listener.store.database import open_database, transaction
from listener.store.mentions import Stored, append, append_within, fold, fold_within

__all__ = [
    "AuthorKey",
    "Stored",
    "advance",
    "append",
    "append_within",
    "fold",
    "fold_within",
    "open_database",
    "position",
    "transaction",
]
