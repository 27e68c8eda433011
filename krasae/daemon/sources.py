"""What is told of sources: when one falls silent, and when it is heard again."""

from krasae.daemon.notice import Tell, Troubles
from listener.collect.watch import Event
from listener.errors import SourceDownError
from listener.printable import printable


class SourceReport:
    """Turns what happens on the stations into few lines."""

    def __init__(self, tell: Tell) -> None:
        self._troubles = Troubles(tell)
        self._dropped: set[str] = set()
        self._partly: set[str] = set()

    def take(self, event: Event) -> None:
        """Tell what is worth a line."""
        name = event.station.name
        if event.error:
            # A stream that drops is mostly back at once: that it was away is in the ledger.
            drops = event.station.streaming and isinstance(event.error, SourceDownError)
            if drops and name not in self._dropped:
                self._dropped.add(name)
                return
            self._troubles.wrong(name, printable(event.error.message), event.error.remedy)
        elif event.batch and event.batch.problem:
            self._partly.add(name)
            self._troubles.wrong(name, printable(event.batch.problem), "The rest of it is heard.")
        elif event.station.streaming:
            self._dropped.discard(name)
            self._troubles.well(name, "is heard again.")
        elif event.batch is None:  # a poll came to its end
            if name not in self._partly:
                self._troubles.well(name, "is heard again.")
            self._partly.discard(name)
