"""A brand's last 24 hours: what the detectors look at, mention by mention and summed.

It is rebuilt from the counted mentions of the last 24 hours; nothing else is needed.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from trends.model import Counted, Observation, Standing

NEGATIVE = "negative"
"""The risk of plain dislike, beside the named categories."""


@dataclass(slots=True)
class Tally:
    """One bucket's sums for one brand."""

    fresh: int = 0
    copies: int = 0
    risks: dict[str, int] = field(default_factory=dict)  # of the fresh; NEGATIVE among them
    sizes: dict[int, int] = field(default_factory=dict)  # fresh accounts by `size_of`
    sources: dict[str, int] = field(default_factory=dict)  # fresh, by who heard them

    def add(self, counted: Counted) -> None:
        """Count one mention in."""
        mention = counted.observation
        if counted.standing is Standing.COPY:
            self.copies += 1
        elif counted.standing is Standing.FRESH:
            self.fresh += 1
            self.sources[mention.source] = self.sources.get(mention.source, 0) + 1
            for risk in risks_of(mention):
                self.risks[risk] = self.risks.get(risk, 0) + 1
            if mention.followers is not None:
                size = size_of(mention.followers)
                self.sizes[size] = self.sizes.get(size, 0) + 1

    def join(self, other: "Tally") -> None:
        """Add another bucket's sums, but for the accounts' sizes and the sources."""
        self.fresh += other.fresh
        self.copies += other.copies
        for risk, count in other.risks.items():
            self.risks[risk] = self.risks.get(risk, 0) + count


SIZES = 40
"""How many sizes of accounts are told apart."""


def size_of(followers: int) -> int:
    """An account's size: 0 for no followers, then one step for each doubling."""
    return min(SIZES - 1, max(0, followers).bit_length())


def risks_of(mention: Observation) -> tuple[str, ...]:
    """The mention's risk categories, and NEGATIVE when it is that."""
    return (*mention.risks, NEGATIVE) if mention.sentiment == "negative" else mention.risks


def terms_of(mention: Observation) -> tuple[str, ...]:
    """The mention's terms, each once; a hashtag is its word as well."""
    if not any(term.startswith("#") for term in mention.terms):
        return mention.terms
    words = (term.removeprefix("#") for term in mention.terms if len(term) > 1)
    return tuple(dict.fromkeys((*mention.terms, *words)))


@dataclass(frozen=True, slots=True)
class Place:
    """A counted mention, the number of its bucket, who says it, and which terms."""

    bucket: int
    counted: Counted
    author: int
    terms: tuple[str, ...]


class TermPlaces:
    """Where one term stands in the window, in the order of coming, and by how many authors."""

    __slots__ = ("authors", "places")

    def __init__(self) -> None:
        self.places: deque[Place] = deque()
        self.authors: dict[int, int] = {}

    def add(self, place: Place) -> None:
        """Append the next place."""
        self.places.append(place)
        self.authors[place.author] = self.authors.get(place.author, 0) + 1

    def leave(self) -> bool:
        """Take out the oldest place; whether its author has none left."""
        author = self.places.popleft().author
        left = self.authors[author] - 1
        if left:
            self.authors[author] = left
        else:
            del self.authors[author]
        return not left

    def blocks(self, length: int) -> list[tuple[int, int]]:
        """Distinct authors in each block of `length` buckets in which there are any."""
        if len(self.places) == 1:
            return [(self.places[0].bucket // length, 1)]
        authors: dict[int, set[int]] = {}
        for place in self.places:
            authors.setdefault(place.bucket // length, set()).add(place.author)
        return [(block, len(people)) for block, people in authors.items()]


class BrandWindow:
    """A brand's buckets of the last 24 hours, oldest first, and where each term stands."""

    def __init__(self) -> None:
        self.places: deque[Place] = deque()
        self.tallies: deque[tuple[int, Tally]] = deque()
        self.terms: dict[str, TermPlaces] = {}  # of mentions that are no copies

    def add(self, bucket: int, counted: Sequence[Counted]) -> None:
        """Append a bucket that is later than all before."""
        tally = Tally()
        for one in counted:
            mention = one.observation
            place = Place(bucket, one, mention.author, terms_of(mention))
            self.places.append(place)
            tally.add(one)
            if one.standing is not Standing.COPY:
                for term in place.terms:
                    if (places := self.terms.get(term)) is None:
                        places = self.terms[term] = TermPlaces()
                    places.add(place)
        self.tallies.append((bucket, tally))

    def expire(self, bucket: int) -> tuple[Tally, list[tuple[str, int]]] | None:
        """Take out the oldest bucket if it is this one: its tally, and its terms' authors.

        An author who still stands in the window with the same term is counted when the
        last of these goes, so that a term's expired counts add up to people as well.
        """
        if not self.tallies or self.tallies[0][0] != bucket:
            return None
        _, tally = self.tallies.popleft()
        authors: dict[str, int] = {}
        while self.places and self.places[0].bucket == bucket:
            place = self.places.popleft()
            if place.counted.standing is not Standing.COPY:
                for term in place.terms:
                    places = self.terms[term]
                    authors[term] = authors.get(term, 0) + places.leave()
                    if not places.places:
                        del self.terms[term]
        return tally, list(authors.items())

    def total(self, since: int) -> Tally:
        """The sums of the buckets from number `since` on."""
        total = Tally()
        for bucket, tally in reversed(self.tallies):
            if bucket < since:
                break
            total.join(tally)
        return total

    def blocks(self, length: int) -> dict[int, Tally]:
        """The sums of each block of `length` buckets in which there are any."""
        blocks: dict[int, Tally] = {}
        for bucket, tally in self.tallies:
            blocks.setdefault(bucket // length, Tally()).join(tally)
        return blocks

    def since(self, bucket: int) -> Iterator[Place]:
        """The places from bucket number `bucket` on, latest first."""
        for place in reversed(self.places):
            if place.bucket < bucket:
                return
            yield place

    def with_term(self, term: str, since: int, until: int | None = None) -> list[Place]:
        """The places of a term from bucket number `since` on (to `until`), no copies."""
        found = []
        if (places := self.terms.get(term)) is not None:
            for place in reversed(places.places):
                if place.bucket < since:
                    break
                if until is None or place.bucket <= until:
                    found.append(place)
        return found

    def tally(self, bucket: int) -> Tally:
        """One bucket's sums."""
        for number, tally in reversed(self.tallies):
            if number <= bucket:
                return tally if number == bucket else Tally()
        return Tally()


def distinct_authors(places: Iterable[Place]) -> int:
    """How many authors stand behind these places."""
    return len({place.author for place in places})
