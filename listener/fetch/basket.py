"""What is collected of a stream until it is time for a batch."""

import time
from dataclasses import dataclass, field

from listener.model import Folding, FoldingKind, Mention
from listener.source import Batch, Gap

_BATCH = 200  # mentions, foldings, and what could not be read
_BEAT = 1.0  # seconds between two batches, at most
_REST = 15.0  # seconds, if they are empty


@dataclass(slots=True)
class Basket:
    """What came `since` (monotonic). `seen` counts posts where not all are wanted."""

    since: float = field(default_factory=time.monotonic)
    mentions: list[Mention] = field(default_factory=list)
    foldings: list[Folding] = field(default_factory=list)
    refused: int = 0
    seen: int = 0

    @property
    def full(self) -> bool:
        """Whether it is time for a batch."""
        many = len(self.mentions) + len(self.foldings) + self.refused
        age = time.monotonic() - self.since
        return many >= _BATCH or age >= (_BEAT if many else _REST)

    @property
    def empty(self) -> bool:
        """Whether nothing came."""
        return not (self.mentions or self.foldings or self.refused or self.seen)

    def forget_edits(self, native_id: str) -> None:
        """Drop earlier edits of a mention that comes with a later one: foldings come last."""
        self.foldings = [
            folding
            for folding in self.foldings
            if folding.kind is not FoldingKind.EDIT or folding.native_id != native_id
        ]

    def batch(
        self, cursor: str, *, gaps: tuple[Gap, ...] = (), heard_until: int | None = None
    ) -> Batch:
        """The batch, after which a source is at `cursor`."""
        return Batch(
            cursor,
            tuple(self.mentions),
            tuple(self.foldings),
            self.refused,
            gaps=gaps,
            heard_until=heard_until,
            seen=self.seen or None,
        )
