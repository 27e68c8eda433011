"""One poll of X: what is free and owed first, then counts, then what is worth its price.

Each step is a generator of batches that moves the state, so that the cursor of each batch
resumes right after it: nothing is paid for twice.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from listener.errors import SourceError, SourceGoneError, SpendingCapError
from listener.fetch.x import FEWEST, Api
from listener.fetch.x_options import XOptions
from listener.model import DAY_MS, HOUR_MS, WEEK_MS, Count
from listener.payloads.x import PLATFORM, Page, earlier, id_at, moment_of
from listener.payloads.x_answers import read_results
from listener.payloads.x_burst import stands_out
from listener.payloads.x_cursor import Counted, Place, State, Window, digest
from listener.source import Batch, Context, Gap

EVERYTHING = 1  # as the id since which is read: all that recent search has
_LATE = 120_000  # ms after its end, until an hour's count is settled
_RECENT = WEEK_MS - 300_000  # ms that recent search looks back; X refuses to look further
_JUDGED = 24  # hours, after a time without counts
_KEPT = 2 * DAY_MS  # ms that an hour that stood out waits to be read
_PAGES = 1_000
_AGAIN = 6 * HOUR_MS  # after which deletions are asked for in spite of a cap
_JOB = 500_000  # ids
_JOB_DAYS = 2 * DAY_MS  # ms; a job that takes longer is given up
_OWN_RECENT = 2 * DAY_MS  # ms; younger posts of our own are read at every poll
_OWN_ALL = 30 * DAY_MS  # these once a day; X tells an author no more of older ones
_OWN_AGAIN = HOUR_MS // 2
_MENTIONS = 800  # posts in a poll, as many as X keeps

T = TypeVar("T")
Ask = Callable[[int, int, int, str | None], Page]  # since, until, most, token


@dataclass(slots=True)
class Poll:
    """What one poll asks. `searches` are each brand's queries; `told` are ids of this run."""

    api: Api
    options: XOptions
    context: Context
    searches: Mapping[str, tuple[str, ...]]
    told: set[int]
    errors: list[SourceError] = field(default_factory=list)
    cap: SpendingCapError | None = None

    def run(self, state: State, *, reading: bool) -> Iterator[Batch]:
        """All steps; without `reading`, no posts but our own and those that name us.

        What fails does not keep the rest from being asked; the first error is raised when all
        fails. A cap is raised in the end, when all that is free is done.
        """
        begun, complete, answered = self.context.now(), reading, self.api.answered
        self._forget(state)
        steps = [self._compliance, self._counts, self._account]
        for step in [*steps, self._windows, self._everything, self._samples]:
            if step in steps or reading:
                try:
                    yield from step(state)
                except SpendingCapError as error:
                    self.cap = self.cap or error
        if self.errors and self.api.answered == answered and self.cap is None:
            raise self.errors[0]
        complete &= not (self.errors or self.cap)
        problem = self.errors[0].message if self.errors else None
        yield Batch(state.cursor(), problem=problem, heard_until=begun if complete else None)
        if self.cap:
            again = min(self.cap.retry_at or begun + DAY_MS, begun + _AGAIN)
            raise SpendingCapError(self.cap.message, remedy=self.cap.remedy, retry_at=again)

    def _forget(self, state: State) -> None:
        """Places in searches that nobody asks for any more."""
        known = {*map(digest, self.queries()), f"mentions of {state.account_id}"}
        state.places = {key: place for key, place in state.places.items() if key in known}
        state.counted = {
            brand: counted for brand, counted in state.counted.items() if brand in self.searches
        }

    def queries(self) -> Iterable[str]:
        """All queries, each once."""
        return dict.fromkeys(query for queries in self.searches.values() for query in queries)

    def asked_for(self, query: str) -> Ask:
        """How posts of a query are asked for."""
        return lambda since, until, most, token: self.api.search(
            query,
            since=since if since > EVERYTHING else 0,
            until=until,
            most=most,
            token=token,
        )

    def batch(self, state: State, page: Page, *, gaps: tuple[Gap, ...] = ()) -> Batch:
        """What of a page was not told yet."""
        fresh = [
            mention
            for number, mention in zip(page.ids, page.mentions, strict=True)
            if number not in self.told
        ]
        self.told.update(page.ids)
        state.tell(page.ids, above=0)
        return Batch(
            state.cursor(),
            tuple(fresh),
            refused=page.refused,
            problem=page.problem,
            gaps=gaps,
        )

    def catch_up(
        self,
        state: State,
        place: Place,
        ask: Ask,
        *,
        most: int,
        until: int = 0,
        recent: bool = True,
        lag: int = 0,
    ) -> Generator[Batch, None, bool]:
        """From the present, or `until`, down to where we were; whether that was reached.

        Broken off, also by `most`, it goes on where it had come to: older posts first. What is
        `recent` is kept for seven days. Posts may still come `lag` (ms) after younger ones.
        """
        while True:
            resumed = place.until > 0
            if recent:
                yield from self._reachable(state, place)
            token: str | None = None
            for _ in range(_PAGES):
                page = ask(place.since, place.until or until, most, token)
                place.top = max(place.top, page.newest)
                place.until = page.oldest or place.until
                token = None if page.oldest else page.token  # without posts, that alone leads on
                if page.token is None:
                    place.since = max(place.since, earlier(place.top, lag))
                    place.top = place.until = 0
                yield self.batch(state, page)
                most -= page.posts
                if page.token is None or most < FEWEST:
                    break
            if place.until or not resumed:
                return place.until == 0

    def _reachable(self, state: State, place: Place) -> Iterator[Batch]:
        """What is older than recent search is lost."""
        oldest = self.context.now() - _RECENT
        if place.until and place.until <= id_at(oldest):
            place.since, place.top, place.until = max(place.since, place.top), 0, 0
        if EVERYTHING < place.since < id_at(oldest):
            gap = Gap(moment_of(place.since), oldest, "X's recent search goes back seven days")
            place.since = id_at(oldest)
            yield Batch(state.cursor(), gaps=(gap,))

    def _each(self, items: Iterable[T], step: Callable[[T], Iterator[Batch]]) -> Iterator[Batch]:
        """Take a step for each; one that fails does not keep the next from being taken."""
        for item in items:
            try:
                yield from step(item)
            except SpendingCapError:
                raise
            except SourceError as error:
                self.errors.append(error)

    def _counts(self, state: State) -> Iterator[Batch]:
        """Each brand's posts by the hour, of the hours that are over and not counted yet."""
        if not self.options.counts:
            return
        closed = self.context.now() - _LATE
        closed -= closed % HOUR_MS

        def counted(brand: str) -> Iterator[Batch]:
            queries = self.searches[brand]
            name, known = digest(*queries), state.counted.get(brand)
            since = known.until if known and known.queries == name else 0
            if since >= closed:
                return
            hours: Counter[int] = Counter()
            for query in queries:
                for hour in self.api.counts(query):
                    if hour.start < closed:
                        hours[hour.start] += hour.count
            fresh = sorted(start for start in hours if start >= since)
            if self.options.evidence == "burst" and not self.options.stream:
                self._judge(state, brand, hours, fresh[-_JUDGED:] if since else fresh[-1:])
            if fresh:
                state.counted[brand] = Counted(queries=name, until=fresh[-1] + HOUR_MS)
            missed = (
                (Gap(since, fresh[0], "X counts no more than seven days back"),)
                if since and fresh and fresh[0] > since
                else ()
            )
            yield Batch(
                state.cursor(),
                counts=tuple(
                    Count(PLATFORM, brand, start, start + HOUR_MS, hours[start]) for start in fresh
                ),
                gaps=missed,
            )

        yield from self._each(self.searches, counted)

    def _judge(
        self, state: State, brand: str, hours: Mapping[int, int], fresh: Sequence[int]
    ) -> None:
        for hour in fresh:
            if stands_out(hours, hour):
                state.windows.append(Window(brand=brand, hour=hour))

    def _windows(self, state: State) -> Iterator[Batch]:
        """Posts of hours that stood out."""
        oldest = self.context.now() - _KEPT
        state.windows = [
            window
            for window in state.windows
            if window.brand in self.searches and window.hour > oldest
        ]
        oldest_first = sorted(state.windows, key=lambda window: window.hour)
        yield from self._each(oldest_first, partial(self._window, state))

    def _window(self, state: State, window: Window) -> Iterator[Batch]:
        queries, most = self.searches[window.brand], self.options.evidence_posts
        while window.query < len(queries):
            query = queries[window.query]
            place, end = state.place(digest(query)), id_at(window.hour + HOUR_MS)
            since = max(place.since, id_at(window.hour) - 1)
            while window.read < most and since < (window.until or end) - 1:
                left = most - window.read
                page = self.asked_for(query)(since, window.until or end, left, None)
                window.read += page.posts
                window.until = page.oldest if page.token else since
                yield self.batch(state, page)
            place.since = max(place.since, end - 1)
            window.query, window.until, window.read = window.query + 1, 0, 0
        state.windows.remove(window)
        yield Batch(state.cursor())

    def _everything(self, state: State) -> Iterator[Batch]:
        """All posts, where that is wanted."""
        if self.options.evidence != "always":
            return

        def read(query: str) -> Iterator[Batch]:
            place = state.place(digest(query))
            place.since = place.since or id_at(self.context.now() - HOUR_MS)
            yield from self.catch_up(
                state, place, self.asked_for(query), most=self.options.evidence_posts
            )

        yield from self._each(self.queries(), read)

    def _samples(self, state: State) -> Iterator[Batch]:
        """The newest posts of each query, a few and not often."""
        if not self.options.sample or self.options.evidence == "always":
            return
        now = self.context.now()

        def read(query: str) -> Iterator[Batch]:
            place = state.place(digest(query))
            if now - place.sampled < self.options.sample_hours * HOUR_MS:
                return
            since = place.since if moment_of(place.since) > now - _RECENT else 0
            page = self.asked_for(query)(since, 0, self.options.sample, None)
            place.since, place.sampled = max(place.since, page.newest), now
            yield self.batch(state, page)

        yield from self._each(self.queries(), read)

    def _account(self, state: State) -> Iterator[Batch]:
        """Posts that name our account, and our own posts' numbers."""
        if self.options.name:
            yield from self._each([self.options.name], lambda name: self._own(state, name))

    def _own(self, state: State, name: str) -> Iterator[Batch]:
        now = self.context.now()
        if state.account != name or not state.account_id:
            number = self.api.user_id(name)
            if number is None:
                raise SourceGoneError(
                    f"There is no account {name} at X.", remedy="Correct account in config.toml."
                )
            state.account, state.account_id = name, number
        account, place = state.account_id, state.place(f"mentions of {state.account_id}")
        if now - place.sampled >= _OWN_AGAIN or place.until:
            place.since, place.sampled = place.since or id_at(now - _RECENT), now
            yield from self.catch_up(
                state,
                place,
                lambda since, until, most, token: self.api.mentions(
                    account, since=since, until=until, most=most, token=token
                ),
                most=_MENTIONS,
                recent=False,
            )
        if now - state.own_asked >= _OWN_AGAIN:
            yield from self._own_posts(state, account, name)

    def _own_posts(self, state: State, account: str, name: str) -> Iterator[Batch]:
        now = self.context.now()
        everything = now - state.own_at >= DAY_MS
        since, until = id_at(now - (_OWN_ALL if everything else _OWN_RECENT)), 0
        for _ in range(_PAGES):
            posts, page = self.api.own_posts(account, name=name, since=since, until=until, now=now)
            until, last = page.oldest, page.token is None or not page.oldest
            if last:
                state.own_asked, state.own_at = now, now if everything else state.own_at
            yield Batch(state.cursor(), own_posts=posts, refused=page.refused, problem=page.problem)
            if last:
                return

    def _compliance(self, state: State) -> Iterator[Batch]:
        """Once a day, X is asked which stored posts are gone, and those are erased here."""
        if self.options.compliance:
            step = self._job_ended if state.checking.job else self._job_begun
            yield from self._each([""], lambda _: step(state))

    def _job_begun(self, state: State) -> Iterator[Batch]:
        now, checking = self.context.now(), state.checking
        if not checking.after and now - checking.began < DAY_MS:
            return
        stored = self.context.known.after(PLATFORM, checking.after, _JOB)
        ids = [number for number in stored if number.isdecimal()]
        if ids and (job := self.api.create_job()) is not None:
            self.api.upload(job.upload, "\n".join(ids).encode("ascii"))
            checking.job, checking.job_at = job.number, now
            checking.upto = stored[-1] if len(stored) == _JOB else ""
            checking.began = checking.began if checking.after else now
            yield Batch(state.cursor())

    def _job_ended(self, state: State) -> Iterator[Batch]:
        now, checking = self.context.now(), state.checking
        try:
            job = self.api.job(checking.job)
        except SourceGoneError:
            job = None
        if job and job.status in ("created", "in_progress"):
            if now - checking.job_at < _JOB_DAYS:
                return
            job = None
        if job is None or job.status != "complete":
            checking.job, checking.after = "", ""
            yield Batch(state.cursor(), problem="X did not finish a compliance job.")
            return
        gone, refused = read_results(self.api.download(job.download), now=now)
        checking.job, checking.after = "", checking.upto
        yield Batch(state.cursor(), foldings=gone, refused=refused)
