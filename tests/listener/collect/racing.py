"""Who spends all that a budget allows; another process has to find it by its name."""

from pathlib import Path

from listener.collect.purse import StorePurse
from listener.errors import SpendingCapError
from listener.source import Budget
from tests.listener.collect.scripted import NOW

CAP = 200


def spend_all(database: Path, each: int) -> None:
    """Draw on the budget until it is used up."""
    purse = StorePurse(database, "x", lambda: NOW, Budget("money", "USD", daily=CAP))
    try:
        while True:
            purse.settle(purse.reserve("a request", each), each)
    except SpendingCapError:
        return
