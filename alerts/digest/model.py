"""What a digest says, apart from how it looks. Each figure knows the command of its rows."""

from dataclasses import dataclass

from alerts.alert import Alert
from alerts.digest.day import USUAL_DAYS, Day
from alerts.issue import Issue
from alerts.reading import Reading


@dataclass(frozen=True, slots=True)
class Figure:
    """A count, and the `krasae` command that lists the rows which were counted."""

    value: int
    command: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A series, a value a bucket from `start` to `end`, and what was expected in the window.

    `lower`, `expected` and `upper` are per bucket: the window's, spread over it evenly.
    """

    values: tuple[float, ...]
    start: int
    end: int
    bucket: int
    window: tuple[int, int]
    lower: float
    expected: float
    upper: float


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert as it was known at the day's end; with mentions to read when it is told in `full`.

    `terms` are those that tell what it is about.
    """

    alert: Alert
    brand: str
    terms: tuple[str, ...]
    new: bool
    full: bool
    quotes: tuple[Reading, ...]
    command: str
    rows: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """One issue that waits, its state and assignee those of the day's end.

    `mentions` counts those before the day's end whose text is still there; `quote` is the
    one to read first. An alert's issue has none: the alert quotes them.
    """

    issue: Issue
    brand: str
    mentions: Figure
    quote: Reading | None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """The community manager's queue at the day's end.

    `priorities` are pairs of (1 to 5, count); `came` are the issues opened in the day.
    """

    waiting: Figure
    priorities: tuple[tuple[int, Figure], ...]
    came: Figure
    oldest: IssueFacts | None
    first: tuple[IssueFacts, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about a brand in some span of time."""

    mentions: Figure
    positives: Figure
    negatives: Figure
    questions: Figure

    @property
    def felt(self) -> int:
        """How many mentions were positive or negative."""
        return self.positives.value + self.negatives.value

    @property
    def opinions(self) -> str:
        """The commands that list the two counts of the net sentiment."""
        return f"{self.positives.command}; {self.negatives.command}"

    @property
    def net_sentiment(self) -> float | None:
        """(positive - negative) / (positive + negative), in [-1, 1]; None when both are 0."""
        balance = self.positives.value - self.negatives.value
        return balance / self.felt if self.felt else None


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """A brand in the day, and in the usual days before it; without brands, one without a name."""

    id: str
    name: str
    own: bool
    today: Said
    usual: Said


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source: what came from it, when it was last heard, and its longest gap in the day."""

    name: str
    mentions: Figure
    usual_mentions: Figure
    last_at: int | None
    gap: tuple[int, int] | None
    silent: bool


@dataclass(frozen=True, slots=True)
class CoverageFacts:
    """What was heard at all. `unread` mentions of the day are not analysed yet."""

    mentions: Figure
    usual_mentions: Figure
    sources: tuple[SourceFacts, ...]
    last_at: int | None
    unread: int


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """Alerts raised against the alarms that the settings allow."""

    per_week: float
    week: Figure
    four_weeks: Figure


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one digest says.

    `usual_days` is how much of the 28 days before the day has a history; `history_days`,
    whole days, counts the day too. `quiet` brands were heard and nothing is unusual,
    `unheard` ones were not heard at all. `outages` are the alerts about sources that were open
    in the day: no trend, but what makes the other figures doubtful.
    """

    day: Day
    workspace: str
    alerts: tuple[AlertFacts, ...]
    open_alerts: Figure
    closed: tuple[AlertFacts, ...]
    queue: QueueFacts
    brands: tuple[BrandFacts, ...]
    questions: tuple[Reading, ...]
    quiet: tuple[str, ...]
    unheard: tuple[str, ...]
    coverage: CoverageFacts
    outages: tuple[Alert, ...]
    budget: BudgetFacts
    history_days: int
    usual_days: float

    @property
    def learning(self) -> bool:
        """Whether there is less history than the usual takes."""
        return self.history_days < USUAL_DAYS

    @property
    def said(self) -> int:
        """Mentions of all brands in the day: the whole of the share of voice."""
        return sum(brand.today.mentions.value for brand in self.brands)

    @property
    def usually_said(self) -> int:
        """Mentions of all brands in the usual days."""
        return sum(brand.usual.mentions.value for brand in self.brands)

    @property
    def own_brands(self) -> tuple[BrandFacts, ...]:
        """One's own brands; the only one, where there is no other."""
        return tuple(brand for brand in self.brands if brand.own or len(self.brands) == 1)

    @property
    def spoken_of(self) -> list[BrandFacts]:
        """Own brands and those with a mention in the day, the most mentioned first."""
        heard = [brand for brand in self.brands if brand.own or brand.today.mentions.value]
        return sorted(heard, key=lambda brand: -brand.today.mentions.value)

    @property
    def felt(self) -> list[BrandFacts]:
        """Brands with a positive or negative mention in the day, the most mentioned first."""
        return [brand for brand in self.spoken_of if brand.today.felt]

    @property
    def quoted(self) -> frozenset[int]:
        """The mentions (seq) whose words the digest repeats."""
        readings = [reading for fact in self.alerts for reading in fact.quotes]
        readings += [fact.quote for fact in self.queue.first if fact.quote]
        return frozenset(reading.seq for reading in (*readings, *self.questions))
