"""Topics as they are shown: how large they are, how they grow, how they sound."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from alerts.message import iso
from listener.model import DAY_MS, HOUR_MS
from nlp.topic_stage import reading
from nlp.topic_stage.fits import StoredFit
from nlp.topics.model import NONE, Topic
from nlp.topics.sizes import sizes_over_time

SENTIMENTS = ("negative", "neutral", "positive")
_BUCKETS = (HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS, 28 * DAY_MS)
_MOST_BUCKETS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """A post that says what a topic is about; `number` is that of its mention or its row."""

    number: int
    text: str
    published_at: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class TopicLine:
    """One topic: its posts now, by time bucket and by sentiment, and those to read first."""

    topic: Topic
    size: int
    over_time: tuple[int, ...] = ()
    sentiment: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class TopicReport:
    """All topics, the largest group first. `starts` are UTC ms, `bucket` their distance."""

    lines: tuple[TopicLine, ...]
    groups: Mapping[int, str]
    posts: int
    starts: tuple[int, ...] = ()
    bucket: int = 0

    @property
    def without(self) -> int:
        """Posts that belong to no topic."""
        return self.posts - sum(line.size for line in self.lines)


def reported(
    topics: Sequence[tuple[Topic, bool]],
    groups: Mapping[int, str],
    posts: Sequence[tuple[int, int | None, str | None]],
    examples: Mapping[int, Sequence[Example]],
) -> TopicReport:
    """The report of posts, each given by its topic (or NONE), its time and its sentiment."""
    sizes = Counter(topic for topic, _, _ in posts)
    sounds: Counter[tuple[int, str]] = Counter(
        (topic, sentiment) for topic, _, sentiment in posts if sentiment
    )
    dated = [(topic, time) for topic, time, _ in posts if time is not None]
    bucket = _bucket([time for _, time in dated])
    grown = sizes_over_time([time for _, time in dated], [topic for topic, _ in dated], bucket)
    of_group: Counter[int | None] = Counter()
    for topic, _ in topics:
        of_group[topic.parent] += sizes[topic.id]

    def first(line: TopicLine) -> tuple[int, int, int, int]:
        parent = line.topic.parent
        alone = -1 if parent is None else parent
        return (-of_group[parent] if parent is not None else 1, alone, -line.size, line.topic.id)

    lines = [
        TopicLine(
            topic=topic,
            size=sizes[topic.id],
            over_time=grown.of.get(topic.id, (0,) * len(grown.starts)),
            sentiment={name: count for name in SENTIMENTS if (count := sounds[topic.id, name])},
            examples=tuple(examples.get(topic.id, ())),
            is_new=is_new,
        )
        for topic, is_new in topics
    ]
    return TopicReport(
        tuple(sorted(lines, key=first)), groups, len(posts), grown.starts, bucket if dated else 0
    )


def _bucket(times: Sequence[int]) -> int:
    """The shortest time bucket of which there are not too many."""
    span = max(times) - min(times) if times else 0
    return next((one for one in _BUCKETS if span <= one * _MOST_BUCKETS), _BUCKETS[-1])


def of_brand(db: Database, fit: StoredFit) -> tuple[TopicReport, list[reading.Belonging]]:
    """The report of a brand since its fit's window began, and its mentions."""
    topics = reading.topics_in(db, fit)
    known = {topic.id for topic, _ in topics}
    mentions = [
        one if one.topic in known else one._replace(topic=None, similarity=None)
        for one in reading.belonging(db, fit)
    ]
    examples: dict[int, list[Example]] = {}
    for example in reading.examples(db, fit):
        examples.setdefault(example.topic, []).append(
            Example(example.seq, example.text, example.published_at, example.url)
        )
    first = fit.churn is None  # then all are new, and none is marked
    report = reported(
        [(topic, is_new and not first) for topic, is_new in topics],
        reading.groups_in(db, fit),
        [(one.topic or NONE, one.published_at, one.sentiment) for one in mentions],
        examples,
    )
    return report, mentions


def values(report: TopicReport, numbered: str) -> dict[str, Any]:
    """A report for programs; `numbered` says what the numbers of posts count."""
    return {
        "posts": report.posts,
        "without_topic": report.without,
        "over_time": {
            "bucket_seconds": report.bucket // 1000,
            "starts": [iso(start) for start in report.starts],
        },
        "groups": [{"id": group, "label": label} for group, label in report.groups.items()],
        "topics": [_topic_values(line, report, numbered) for line in report.lines],
    }


def _topic_values(line: TopicLine, report: TopicReport, numbered: str) -> dict[str, Any]:
    topic = line.topic
    return {
        "id": topic.id,
        "label": topic.label,
        "terms": list(topic.terms),
        "size": line.size,
        "share": round(line.size / report.posts, 4) if report.posts else 0.0,
        "language": topic.language,
        "colour": topic.colour,
        "parent": topic.parent,
        "new": line.is_new,
        "sentiment": dict(line.sentiment),
        "over_time": list(line.over_time),
        "representatives": [
            {numbered: example.number, "text": example.text}
            | ({"published_at": iso(example.published_at)} if example.published_at else {})
            | ({"url": example.url} if example.url else {})
            for example in line.examples
        ],
    }
