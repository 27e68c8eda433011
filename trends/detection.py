"""The detection: one fold over closed buckets, the same live, restarted and replayed.

`Detection.step(bucket, counted)` takes the counted mentions of the next bucket that has any
and gives the signals that follow. It looks back only: signals are a function of the
buckets so far, in whatever steps they came. Buckets in between are silent. A silence that
the stream's usual rate makes possible was nobody talking, and is learnt as zeros; one that
it makes impossible was a collector that was down, and is not learnt at all.

Where the ledger of sources says what was not heard, that is missing, not zero: `gaps`, as far
as they were known when a bucket closed.
"""

from collections import deque
from collections.abc import Sequence

from trends.baseline import Baseline
from trends.calibrate import Calibration
from trends.detectors import Detector, Look, Span, built_in
from trends.events import Event, Events
from trends.evidence import gather
from trends.gaps import NOTHING_MISSING, Gap, Missing
from trends.lifecycle import HISTORY, Course
from trends.model import Counted, EventState, Signal, Standing
from trends.season import Cut
from trends.series import Learnt, Series
from trends.settings import TrendSettings
from trends.significance import interval, none_at_all
from trends.stories import Family, Story, stories
from trends.vocabulary import Levels, Vocabulary, Volumes
from trends.window import BrandWindow, risks_of, terms_of

IMPOSSIBLE = 1e-6
"""The probability below which a silence of the whole stream is a gap, not a silence."""

_ENOUGH_VOLUME = 20.0  # of a brand whose terms' shares are known well enough to learn from

LEAST_COVERAGE = 0.05
"""The share of the stream below which a bucket was not heard: it is not learnt at all."""

LEARNING_DAYS = 3.0
"""Nothing is judged before so many days were learnt."""


class Detection:
    """The state of the fold, and its step.

    `levels` is where the terms' levels are kept; `detectors` are the built-in ones, unless
    others are given. `gaps` may be set anew before each step, to what the ledger then holds:
    what became known later makes no difference.
    """

    def __init__(
        self,
        settings: TrendSettings,
        levels: Levels,
        detectors: Sequence[Detector] | None = None,
        *,
        gaps: Sequence[Gap] = (),
    ) -> None:
        self.settings = settings
        self.gaps = gaps
        self.detectors = built_in() if detectors is None else detectors
        self.cut = Cut.of(settings.bucket_minutes)
        self.baseline = Baseline(self.cut)
        self.vocabulary = Vocabulary(self.cut, levels)
        self.events = Events(self.cut)
        self.calibration = Calibration(settings.alarms_per_week)
        self.windows: dict[str, BrandWindow] = {}
        self.recent: deque[tuple[int, bool]] = deque()  # buckets of the window; whether alive
        self.at: int | None = None  # the last bucket
        self.heard: dict[int, set[str]] = {}  # of the window's buckets: the sources that spoke
        self._missing = NOTHING_MISSING

    @property
    def is_learning(self) -> bool:
        """Whether too little was learnt to judge anything yet."""
        return self.baseline.season.exposure < LEARNING_DAYS / 7 * self.cut.per_week

    def step(self, bucket: int, counted: Sequence[Counted]) -> list[Signal]:
        """Take the next bucket (its number) that has mentions; what is to be told of it."""
        known_by = self._closes_at(bucket)
        self._missing = Missing(self.gaps, self.cut, self._lateness_ms, known_by)
        self._pass_time(bucket)
        by_brand = self.hold(bucket, counted)
        signals: list[Signal] = []
        if not self.is_learning:
            alive = self._alive_spans(bucket)
            for brand in sorted(by_brand):
                signals += self._judge(self._look(brand, bucket, by_brand[brand], alive))
            signals += self._follow(bucket)
        return signals

    def hold(self, bucket: int, counted: Sequence[Counted]) -> dict[str, list[Counted]]:
        """Put a bucket's mentions into the window, by brand."""
        by_brand: dict[str, list[Counted]] = {}
        heard = self.heard[bucket] = set()
        for one in counted:
            by_brand.setdefault(one.brand, []).append(one)
            heard.add(one.observation.source)
        for brand in sorted(by_brand):
            self.baseline.series(brand)
            self.windows.setdefault(brand, BrandWindow()).add(bucket, by_brand[brand])
        return by_brand

    # -- time ---------------------------------------------------------------------------

    @property
    def _lateness_ms(self) -> int:
        return self.settings.lateness_minutes * 60_000

    def _closes_at(self, bucket: int) -> int:
        return self.cut.start(bucket + 1) + self._lateness_ms

    def _pass_time(self, bucket: int) -> None:
        if self.at is not None:
            alive = self._was_alive(range(self.at + 1, bucket))
            for number in range(self.at + 1, bucket):
                self._enter(number, alive=alive)
        self._enter(bucket, alive=True)
        self.at = bucket

    def _was_alive(self, silent: range) -> bool:
        """Whether the stream may well have been silent for so long."""
        baseline = self.baseline
        if not silent:
            return True
        if self.is_learning:
            return len(silent) < self.cut.per_week
        week = range(silent.start, min(silent.stop, silent.start + round(self.cut.per_week)))
        exposure = sum(baseline.season.factor(number) * self._covered(number) for number in week)
        exposure *= len(silent) / len(week)
        rate, weight = baseline.rate(baseline.stream)
        ratio = baseline.variance_ratio(baseline.stream, len(self.cut.windows) - 1)
        mean = rate * exposure
        variance = ratio * mean + mean * mean * (1.0 / weight + baseline.season.doubt)
        return none_at_all(mean, variance) > IMPOSSIBLE

    def _enter(self, number: int, *, alive: bool) -> None:
        while self.recent and self.recent[0][0] <= number - self.cut.longest:
            oldest, was_alive = self.recent.popleft()
            if was_alive:
                self._learn(oldest)
            self.heard.pop(oldest, None)
        self.recent.append((number, alive))
        if number % self.cut.longest == 0:
            self._pass_day(number)

    def _pass_day(self, number: int) -> None:
        """Once per longest window: how terms and risks vary, and the thresholds."""
        self.baseline.pass_day()
        self.vocabulary.terms.pass_day()
        self.vocabulary.risks.pass_day()
        for brand in sorted(self.windows):
            series = self.baseline.series(brand)
            volumes = Volumes(
                self.baseline.volume(series), self.baseline.volume(self.baseline.stream)
            )
            if volumes.brand >= _ENOUGH_VOLUME:
                window = self.windows[brand]
                self.vocabulary.learn_variety(brand, number, volumes, window, series.risks)
        heights: dict[Family, list[float]] = {family: [] for family in Family}
        for event in self.events:
            heights[event.family].append(event.height)
        if not self.is_learning and any(
            alive and self._covered(bucket) >= LEAST_COVERAGE for bucket, alive in self.recent
        ):
            self.calibration.pass_time(self.cut.longest / self.cut.per_week, heights)

    def _learn(self, bucket: int) -> None:
        """Learn a bucket that left the window."""
        missing = self._missing.sources(bucket)
        shared = self._covered(bucket)
        if shared < LEAST_COVERAGE:
            shared = 0.0
        expired: dict[str, Learnt] = {}
        everything = Learnt()
        sightings = risk_sightings = 0
        for brand in sorted(self.windows):
            out = self.windows[brand].expire(bucket)
            if out is None:
                continue
            tally, terms = out
            series = self.baseline.series(brand)
            learnt = expired[brand] = self.baseline.clipped(series, bucket, tally, missing)
            everything.add(learnt)
            self.vocabulary.learn(brand, bucket, terms)
            sightings += len(terms)
            risk_sightings += len(tally.risks)
            for size, count in tally.sizes.items():
                self.baseline.sizes[size] += count
            if not self.windows[brand].places:
                del self.windows[brand]
        self.baseline.season.learn(bucket, everything.fresh, shared)
        if missing:
            self._learn_partly(bucket, expired, missing, shared)
        else:
            for brand, learnt in expired.items():
                self.baseline.learn(self.baseline.series(brand), bucket, learnt)
        if expired or missing:
            self.baseline.learn(self.baseline.stream, bucket, everything, shared, shared)
        self.vocabulary.terms.pass_bucket(sightings, shared)
        self.vocabulary.risks.pass_bucket(risk_sightings, shared)

    def _learn_partly(
        self, bucket: int, expired: dict[str, Learnt], missing: Sequence[str], shared: float
    ) -> None:
        """Learn a bucket in which sources were missing: for every brand, as far as it was heard."""
        for brand in sorted(self.baseline.brands):
            series = self.baseline.series(brand)
            coverage = self.baseline.coverage(series, missing) if shared else 0.0
            learnt = expired.get(brand, Learnt())
            self.baseline.learn(series, bucket, learnt, coverage, shared)

    def _covered(self, bucket: int) -> float:
        """The share of the stream that could be heard in a bucket."""
        missing = self._missing.sources(bucket)
        return self.baseline.coverage(self.baseline.stream, missing) if missing else 1.0

    # -- judgement ----------------------------------------------------------------------

    def _alive_spans(self, bucket: int) -> list[tuple[int, ...]]:
        """For each trailing window, the buckets in which collectors were up."""
        alive = [number for number, up in self.recent if up]
        return [
            tuple(number for number in alive if number > bucket - length)
            for length in self.cut.windows
        ]

    def _look(
        self, brand: str, bucket: int, counted: Sequence[Counted], alive: list[tuple[int, ...]]
    ) -> Look:
        window = self.windows[brand]
        series = self.baseline.series(brand)
        spans = []
        for index, length in enumerate(self.cut.windows):
            since = bucket - length + 1
            counting = alive[index]
            coverage = self._brand_coverage(series, counting) if self._missing else None
            spans.append(Span(index, since, length, counting, window.total(since), coverage))
        own = [one for one in counted if one.standing is not Standing.COPY]
        fresh = [one for one in counted if one.standing is Standing.FRESH]
        return Look(
            brand=brand,
            bucket=bucket,
            cut=self.cut,
            window=window,
            spans=tuple(spans),
            baseline=self.baseline,
            series=series,
            vocabulary=self.vocabulary,
            terms=tuple(sorted({term for one in own for term in terms_of(one.observation)})),
            risks=tuple(sorted({risk for one in fresh for risk in risks_of(one.observation)})),
        )

    def _brand_coverage(self, series: Series, buckets: Sequence[int]) -> tuple[float, ...] | None:
        """The share of a brand that could be heard in each bucket; None if it was all.

        A source that spoke in a bucket was not missing there: what it brought, from the edge
        of its gap or from a backfill in time, is among what is judged.
        """
        shares = []
        for bucket in buckets:
            spoke = self.heard.get(bucket, ())
            missing = [name for name in self._missing.sources(bucket) if name not in spoke]
            shares.append(self.baseline.coverage(series, missing) if missing else 1.0)
        return tuple(shares) if any(share < 1.0 for share in shares) else None

    def _judge(self, look: Look) -> list[Signal]:
        floor = self.calibration.floor
        candidates = [
            candidate
            for detector in self.detectors
            for candidate in detector.candidates(look)
            if candidate.score >= floor
        ]
        if not candidates:
            return []
        copied = bool(self.events.of(look.brand, Family.INAUTHENTIC))
        signals = []
        for story in stories(look, candidates, copied=copied):
            signals += self._tell(look, story)
        return signals

    def _tell(self, look: Look, story: Story) -> list[Signal]:
        """Put a story to its event; the signals, if it is raised or a new wave ends the old."""
        signals = []
        bucket = look.bucket
        event = self.events.find(story, bucket)
        if event is not None and self.events.is_new_wave(event, story, bucket):
            signals += self._close(event, bucket)
            event = None
        if event is None:
            event = self.events.begin(story, bucket)
        else:
            self.events.go_on(event, story, bucket)
        if event.course is None and story.score >= self.calibration.thresholds[story.family]:
            twin = self.events.twin(event, story)
            if twin is None:
                return [*signals, self._raise(event, look, story)]
            self.events.end(event)
            self.events.go_on(twin, story, bucket)
            event = twin
        course = event.course
        if course is not None and story.score > course.evidence.score:
            evidence = gather(look, story)
            if course.rise(evidence, look.window, bucket, self.cut.longest):
                signals.append(self._signal(event.brand, course, bucket))
        return signals

    def _raise(self, event: Event, look: Look, story: Story) -> Signal:
        self.events.raised += 1
        self.calibration.spend()
        evidence = gather(look, story)
        event.course = Course(self.events.raised, story.lead.kind, evidence)
        event.course.rise(evidence, look.window, look.bucket, self.cut.longest)
        event.course.state = EventState.OPEN
        return self._signal(event.brand, event.course, look.bucket)

    def _close(self, event: Event, bucket: int) -> list[Signal]:
        self.events.end(event)
        self.calibration.close(event.family, event.height)
        if event.course is None:
            return []
        event.course.state = EventState.CLOSED
        return [self._signal(event.brand, event.course, bucket)]

    def _follow(self, bucket: int) -> list[Signal]:
        """The life cycle of all open events."""
        signals = []
        for event in list(self.events):
            course = event.course
            if self.events.is_quiet(event, bucket):
                signals += self._close(event, bucket)
            elif course is not None and course.at < bucket:
                window = self.windows.get(event.brand)
                if course.go_on(window, bucket, self.cut.longest):
                    signals.append(self._signal(event.brand, course, bucket))
        return signals

    def _signal(self, brand: str, course: Course, bucket: int) -> Signal:
        evidence = course.evidence
        course.told = course.headline
        lower, upper = interval(evidence.expected, evidence.variance)
        return Signal(
            event=course.number,
            kind=course.kind,
            brand=brand,
            series=evidence.series,
            state=course.state,
            bucket=self.cut.start(bucket),
            detected_at=self._closes_at(bucket),
            window_start=self.cut.start(evidence.since),
            window_end=self.cut.start(evidence.since + evidence.length),
            observed=evidence.observed,
            expected=evidence.expected,
            lower=lower,
            upper=upper,
            score=evidence.score,
            severity=evidence.severity,
            mentions=evidence.mentions,
            unique_authors=evidence.unique_authors,
            duplicate_share=evidence.duplicate_share,
            negative_share=evidence.negative_share,
            reach=evidence.reach,
            terms=evidence.terms,
            mention_seqs=evidence.mention_seqs,
            history=tuple(course.pulses[-HISTORY:]),
        )
