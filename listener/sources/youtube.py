"""YouTube: channels' and searches' videos, and what is said under them; with a key."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from listener.errors import (
    RateLimitedError,
    SettingsError,
    SourceAuthError,
    SourceError,
    SourceGoneError,
    SpendingCapError,
)
from listener.fetch.addresses import Address
from listener.model import DAY_MS, HOUR_MS, Folding, FoldingKind, Mention
from listener.payloads.youtube import PLATFORM, VIDEOS
from listener.payloads.youtube_cursor import Asked, Followed, State, digest, take
from listener.settings import Secret
from listener.source import Batch, Budget, Context, Gap, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from listener.fetch.youtube import Api

_FRESH = 600_000  # ms: what was looked at so lately is not looked at again
_BEFORE = 7 * DAY_MS  # so far back goes the first search
_OVERLAP = DAY_MS  # videos are found some time after they are published
_UPLOADS_PAGES = 4  # of 50
_SEARCH_PAGES = 2  # of 50
_FAILURES = 3  # in a row: then it is not the videos


class YouTubeOptions(SourceOptions):
    """Options of a `youtube` source."""

    key: Secret = Field(description='an API key of Google Cloud, as "env:NAME"')
    channels: tuple[str, ...] = Field(
        default=(), description="channels to follow, each as @handle or as the id that begins UC"
    )
    own_channels: tuple[str, ...] = Field(
        default=(), description="channels of your own: their videos' numbers are kept as results"
    )
    videos: tuple[str, ...] = Field(
        default=(), description="ids of videos whose comments to follow, however old they are"
    )
    search: bool = Field(
        default=False, description="true to search for the brands, and to follow what is found"
    )
    follow_days: int = Field(
        default=14, ge=1, le=90, description="days for which a new video's comments are followed"
    )
    most_videos: int = Field(
        default=200, ge=1, le=2_000, description="videos to follow at a time; the oldest go first"
    )
    units_per_day: int = Field(
        default=10_000, ge=0, description="the quota of the key's project, or what to use of it"
    )
    searches_per_day: int = Field(
        default=100, ge=0, description="searches of the project a day, or how many to use of them"
    )
    address: Address = Field(
        default="https://www.googleapis.com/youtube/v3",
        description="the API's address, should it move",
    )

    @model_validator(mode="after")
    def _some(self) -> "YouTubeOptions":
        if not (self.channels or self.own_channels or self.videos or self.search):
            raise ValueError("expected channels, own_channels, videos, or search = true")
        for name in (*self.channels, *self.own_channels):
            if not re.fullmatch(r"UC[A-Za-z0-9_-]{22}|@[^\s/?&#@]{1,100}", name):
                raise ValueError(f'expected a @handle or an id that begins UC, not "{name}"')
        for number in self.videos:
            if not re.fullmatch("[A-Za-z0-9_-]{11}", number):
                raise ValueError(f'expected the 11 characters of a video\'s id, not "{number}"')
        if len(self.videos) > self.most_videos:
            raise ValueError("expected no more videos than most_videos")
        return self


SPEC = Spec(
    name="youtube",
    title="YouTube videos and comments",
    options=YouTubeOptions,
    capabilities=frozenset({"poll", "backfill", "own_posts"}),
    interval_seconds=900.0,
)


def connect(options: YouTubeOptions, context: Context) -> Source:
    """Finds videos, looks at those that are due, and reads their comments."""
    from listener.fetch.youtube import RENEWED_IN, UNIT, Api

    quota = Budget("quota", "units", options.units_per_day * UNIT, timezone=RENEWED_IN)
    searches = Budget("searches", "units", options.searches_per_day * UNIT, timezone=RENEWED_IN)
    api = Api(
        options.address,
        options.key,
        context,
        quota=context.purse(quota),
        searches=context.purse(searches),
    )
    return YouTube(options, context, api)


class YouTube:
    """Videos are found by lines (a channel, a list, a search), then followed alike."""

    def __init__(self, options: YouTubeOptions, context: Context, api: "Api") -> None:
        self._options = options
        self._context = context
        self._api = api
        self._own = frozenset(options.own_channels)
        self._always = frozenset(options.videos)
        self._channels = tuple(dict.fromkeys((*options.own_channels, *options.channels)))
        self._searches: tuple[str, ...] = ()
        self._wanted: Callable[[Mention], bool] = lambda _: True
        if options.search:
            from listener.fetch.matching import Wanted

            self._wanted = Wanted.of(context)
            self._searches = _searches(context)

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """New videos, then what has changed, then new comments, a batch for each video.

        What is not there, or not for us, does not keep the rest from being heard.
        """
        state, now = State.of(cursor), self._context.now()
        state.forget(
            horizon=now - self._options.follow_days * DAY_MS,
            most=self._options.most_videos,
            always=self._always,
            searches=self._searches,
            channels=self._channels,
        )
        heard = 0
        errors: list[SourceError] = []
        for line in self._lines(state, now):
            try:
                yield from line
                heard += 1
            except SourceGoneError as error:
                errors.append(error)
        try:
            yield from self._searched(state, now)
            heard += bool(self._searches)
        except (SourceGoneError, RateLimitedError, SpendingCapError) as error:
            state.search_at = error.retry_at or now + HOUR_MS  # the rest has a quota of its own
            errors.append(error)
        if errors and not heard and not state.videos:
            raise errors[0]
        yield from self._looked_at(state, now)
        yield from self._commented(state, now, errors)
        yield Batch(state.cursor(), problem=errors[0].message if errors else None)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _lines(self, state: State, now: int) -> Iterator[Iterator[Batch]]:
        for name in self._channels:
            yield self._uploaded(state, name, now)
        if missing := [number for number in self._options.videos if number not in state.videos]:
            yield self._configured(state, missing, now)

    def _uploaded(self, state: State, name: str, now: int) -> Iterator[Batch]:
        """A channel's new videos."""
        channel = state.channel(name) or self._api.channel(name)
        if channel is None:
            raise SourceGoneError(
                f"There is no channel {name} on YouTube.",
                remedy="Look the @handle or the id up on the channel's page.",
            )
        state.channels[name] = (channel.number, channel.uploads, channel.title)
        fresh: list[str] = []
        page = ""
        for _ in range(_UPLOADS_PAGES):
            try:
                listed = self._api.uploads(channel.uploads, page)
            except SourceGoneError as error:
                raise SourceGoneError(
                    f"Channel {name} shows no videos: {error.message}", remedy=error.remedy
                ) from error
            new = [number for number, at in listed.items if self._is_new(state, number, at, now)]
            fresh += new
            page = listed.more
            if not (new and page):
                break
        yield from self._told(state, fresh, now, own=name in self._own)

    def _configured(self, state: State, numbers: Sequence[str], now: int) -> Iterator[Batch]:
        """The videos that the options name."""
        yield from self._told(state, numbers, now)
        if missing := [number for number in numbers if number not in state.videos]:
            raise SourceGoneError(
                f"YouTube shows no video {missing[0]}.",
                remedy="It is private or removed: take it out of videos.",
            )

    def _searched(self, state: State, now: int) -> Iterator[Batch]:
        """The searches that are due: those of a day are spread over it."""
        spacing = DAY_MS * len(self._searches) // max(1, self._options.searches_per_day)
        never = Asked(at=0, due=0)
        asked = {words: state.searches.get(digest(words), never) for words in self._searches}
        for words in sorted(asked, key=lambda words: (asked[words].at, words)):
            if now < max(asked[words].due, state.search_at):
                continue
            since = max(asked[words].at - _OVERLAP, now - _BEFORE)
            found: list[str] = []
            page, pages = "", 0
            while pages < _SEARCH_PAGES and (page or not pages):
                listed = self._api.search(words, _rfc3339(since), page)
                found += listed.items
                page, pages = listed.more, pages + 1
            fresh = [number for number in dict.fromkeys(found) if number not in state.videos]
            yield from self._told(state, fresh, now, wanted=self._wanted)
            state.searches[digest(words)] = Asked(at=now, due=now + spacing * pages)

    def _told(
        self,
        state: State,
        numbers: Sequence[str],
        now: int,
        *,
        own: bool = False,
        wanted: Callable[[Mention], bool] = lambda _: True,
    ) -> Iterator[Batch]:
        """Say of videos that they are there, and follow them from now on."""
        for start in range(0, len(numbers), VIDEOS):
            listed = self._api.videos(numbers[start : start + VIDEOS])
            new = [
                video
                for video in listed.items
                if self._is_new(state, video.number, video.published_at, now)
                and wanted(video.mention())
            ]
            for video in new:
                state.videos[video.number] = Followed.of(video, now, own=own)
            yield Batch(
                state.cursor(),
                () if own else tuple(video.mention() for video in new),
                refused=listed.refused,
                own_posts=tuple(video.own_post(now) for video in new) if own else (),
            )

    def _is_new(self, state: State, number: str, published: int, now: int) -> bool:
        if number in state.videos:
            return False
        horizon = max(state.floor, now - self._options.follow_days * DAY_MS)
        return published > horizon or number in self._always

    def _looked_at(self, state: State, now: int) -> Iterator[Batch]:
        """What became of the videos that are due: their text, their numbers, that they are gone."""
        due = sorted(
            number
            for number, followed in state.videos.items()
            if followed.due <= now and followed.seen <= now - _FRESH
        )
        for start in range(0, len(due), VIDEOS):
            numbers = due[start : start + VIDEOS]
            listed = self._api.videos(numbers)
            mentions, foldings, own_posts = [], [], []
            for video in listed.items:
                if (followed := state.videos.get(video.number)) is None:
                    continue
                edited, grew = followed.look(video, now)
                if followed.own:
                    own_posts.append(video.own_post(now))
                    continue
                if edited:
                    foldings.append(_edit(video.number, video.text, now))
                if grew:
                    mentions.append(video.mention())
            if not listed.refused:  # else one of them may be there, and not be readable
                there = {video.number for video in listed.items}
                foldings += self._gone(state, [one for one in numbers if one not in there], now)
            yield Batch(
                state.cursor(),
                tuple(mentions),
                tuple(foldings),
                listed.refused,
                own_posts=tuple(own_posts),
            )

    def _gone(self, state: State, numbers: Sequence[str], now: int) -> Iterator[Folding]:
        """Videos that were removed or made private: what was kept of them goes, too."""
        for number in numbers:
            followed = state.videos[number]
            if not (followed.own or followed.gone):
                yield Folding(FoldingKind.DELETE, PLATFORM, now, number)
            if number in self._always:
                followed.leave(now)
            else:
                del state.videos[number]

    def _commented(self, state: State, now: int, errors: list[SourceError]) -> Iterator[Batch]:
        """New comments, the newest videos' first.

        Where one video's cannot be had, those of the others may be: it is put off, and not
        asked for again and again while the others wait behind it.
        """
        failed = 0
        for number in sorted(state.videos, key=lambda one: (-state.videos[one].published, one)):
            followed = state.videos[number]
            if followed.due > now:
                continue
            if not followed.has_news(now):
                followed.rest(now)
                continue
            try:
                yield self._walked(state, number, followed, now)
                failed = 0
                continue
            except (SourceAuthError, RateLimitedError, SpendingCapError):
                raise
            except SourceGoneError:  # they are closed; the video may be there
                followed.put_off(now, DAY_MS)
            except SourceError as error:
                failed += 1
                if failed == _FAILURES:
                    raise
                errors.append(error)
                followed.put_off(now, HOUR_MS)
            yield Batch(state.cursor())

    def _walked(self, state: State, number: str, followed: Followed, now: int) -> Batch:
        """A video's new comments."""
        read = self._api.discussion(number, followed)
        mark, news = followed.mark, take(followed, read.comments(), now)
        followed.walk(read.threads, now)
        followed.rest(now)
        # Who comments on a brand's own video seldom names it: its query can ask for the label.
        labels = (self._context.name,) if followed.own else ()
        totals = {thread.top.number: thread.total for thread in read.threads}
        gaps: tuple[Gap, ...] = ()
        if read.cut and mark and read.threads:
            cause = f"more than {len(read.threads):,} new comments under video {number} at a time"
            since = max(mark, followed.published)
            gaps = (Gap(since, max(since, read.threads[-1].top.published_at), cause),)
        return Batch(
            state.cursor(),
            tuple(one.mention(number, totals.get(one.number), labels) for one in news.new),
            tuple(_edit(one.number, one.text, one.updated_at) for one in news.edited),
            read.refused,
            gaps=gaps,
        )


def _searches(context: Context) -> tuple[str, ...]:
    """What to search for, so that all that the brands ask for may be found."""
    from listener.query import parse
    from listener.query.platforms.youtube import compile as compiled

    found = [
        words for query in context.queries.values() for words in compiled(parse(query)).queries
    ]
    if not found:
        raise SettingsError(
            f"Source {context.name} searches for the brands' words, and no brand's query has any.",
            remedy="Give a brand a query with a word in it, or set search = false.",
        )
    return tuple(dict.fromkeys(found))


def _edit(number: str, text: str, at: int) -> Folding:
    return Folding(FoldingKind.EDIT, PLATFORM, at, number, text=text, in_order=True)


def _rfc3339(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
