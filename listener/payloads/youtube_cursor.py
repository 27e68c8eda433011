"""Where a source of type youtube stands: what its cursor holds, and what is news to it. Pure.

It holds no text. Its size is bounded by the number of videos that are followed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from listener.model import DAY_MS, HOUR_MS
from listener.payloads.youtube import Channel, Comment, Thread, Video

_SLACK = 600_000  # ms: comments appear a little late, and not in order
_TOLD = 40  # comments of a video that are known one by one
_REPLIES = 50  # threads of a video whose number of replies is known
_GREW = 1.1
# How old a video is, and how long until its comments are looked at again.
_RHYTHM = ((DAY_MS, 0), (3 * DAY_MS, HOUR_MS), (7 * DAY_MS, 6 * HOUR_MS))


class Followed(BaseModel):
    """A video whose comments are read. Times in UTC ms; `told`: comment, when it was changed.

    All comments that were changed up to `mark` are known, and of the later ones those that
    are `told`. `count` is YouTube's number of comments when the video was looked at last, at
    `seen`; `walked` what it was when they were last read, at `walked_at`.
    """

    published: int
    due: int
    seen: int
    own: bool = False
    gone: bool = False
    text: str = ""
    numbers: list[int] = Field(default_factory=list)
    count: int = -1
    walked: int = -1
    walked_at: int = 0
    mark: int = 0
    told: dict[str, int] = Field(default_factory=dict)
    replies: dict[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, video: Video, now: int, *, own: bool) -> "Followed":
        """A video that is new to us."""
        followed = cls(published=video.published_at, due=now, seen=now, own=own)
        followed.look(video, now)
        return followed

    def look(self, video: Video, now: int) -> tuple[bool, bool]:
        """What the video is now. Whether its text is another, and whether its numbers grew.

        Numbers that grew by less than a tenth are not worth a word.
        """
        text = digest(video.text)
        numbers = [video.metrics.get(name, 0) for name in ("video_views", "likes", "replies")]
        edited = bool(self.text) and text != self.text
        grew = len(self.numbers) != len(numbers) or any(
            new > old * _GREW for old, new in zip(self.numbers, numbers, strict=True)
        )
        self.text, self.seen, self.gone = text, now, False
        self.count = video.metrics.get("replies", -1)
        if self.count == 0:
            self.mark = max(self.mark, 1)  # all of none are known
        if grew:
            self.numbers = numbers
        return edited, grew

    def has_news(self, now: int) -> bool:
        """Whether comments may be new: their number is another, or a day has passed."""
        return self.count != 0 and (self.count != self.walked or now - self.walked_at >= DAY_MS)

    def rest(self, now: int) -> None:
        """Wait until it is looked at again, the longer the older it is."""
        age = now - self.published
        self.due = now + next((wait for limit, wait in _RHYTHM if age < limit), DAY_MS)

    def put_off(self, now: int, wait: int) -> None:
        """Its comments cannot be had for now."""
        self.due = now + wait

    def leave(self, now: int) -> None:
        """It is gone; it may come back."""
        self.gone, self.count, self.seen = True, 0, now
        self.put_off(now, DAY_MS)

    def lacks_replies(self, thread: Thread) -> bool:
        """Whether there are replies that did not come with the thread, and some may be new."""
        return not thread.whole and self.replies.get(digest(thread.top.number)) != thread.total

    def walk(self, threads: Sequence[Thread], now: int) -> None:
        """The comments were read."""
        self.walked, self.walked_at = self.count, now
        large = {digest(one.top.number): one.total for one in threads if not one.whole}
        self.replies = dict(list(large.items())[:_REPLIES])


class Asked(BaseModel):
    """When a search was made last, and when it is to be made again (UTC ms)."""

    at: int
    due: int


class State(BaseModel):
    """All of it. No search is made before `search_at`.

    No video is taken up any more that was published up to `floor` (UTC ms).
    """

    version: Literal[1]
    channels: dict[str, tuple[str, str, str]] = Field(default_factory=dict)
    searches: dict[str, Asked] = Field(default_factory=dict)
    search_at: int = 0
    videos: dict[str, Followed] = Field(default_factory=dict)
    floor: int = 0

    @classmethod
    def of(cls, cursor: str | None) -> "State":
        """What a cursor says; one that cannot be read says nothing."""
        try:
            return cls.model_validate_json(cursor or "null")
        except ValidationError:
            return cls(version=1)

    def cursor(self) -> str:
        """All of it as text."""
        return self.model_dump_json(exclude_defaults=True)

    def channel(self, name: str) -> Channel | None:
        """A channel that was looked up before."""
        return Channel(*self.channels[name]) if name in self.channels else None

    def forget(
        self,
        *,
        horizon: int,
        most: int,
        always: frozenset[str],
        searches: Iterable[str],
        channels: Iterable[str],
    ) -> None:
        """Let go of what is published before `horizon`, of more than so many, of what is unasked.

        What is followed `always` stays.
        """
        asked = {digest(query) for query in searches}
        self.searches = {key: one for key, one in self.searches.items() if key in asked}
        names = set(channels)
        self.channels = {name: one for name, one in self.channels.items() if name in names}
        others = sorted(
            (number for number in self.videos if number not in always),
            key=lambda number: (self.videos[number].published, number),
        )
        room = max(0, most - len(always))
        for place, number in enumerate(others):
            published = self.videos[number].published
            crowded = place < len(others) - room
            if crowded:
                self.floor = max(self.floor, published)
            if crowded or published <= horizon:
                del self.videos[number]


@dataclass(frozen=True, slots=True)
class News:
    """Comments that are new, and those that were changed."""

    new: tuple[Comment, ...]
    edited: tuple[Comment, ...]


def take(followed: Followed, comments: Iterable[Comment], now: int) -> News:
    """What is news among the comments that were read; from now on it is known."""
    mark, told = followed.mark, dict(followed.told)
    new, edited = [], []
    for comment in comments:
        key, changed = digest(comment.number), comment.updated_at
        if changed <= mark or told.get(key, -1) >= changed:
            continue
        if key in told or comment.published_at <= mark:
            edited.append(comment)
        else:
            new.append(comment)
        told[key] = changed
    newest = min(now, max(told.values(), default=0))  # no clock of theirs closes our future
    followed.mark, followed.told = _trimmed(told, max(mark, newest - _SLACK))
    return News(tuple(new), tuple(edited))


def _trimmed(told: Mapping[str, int], mark: int) -> tuple[int, dict[str, int]]:
    """The last ones, one by one, and the mark up to which all the others are known."""
    late = sorted(((at, key) for key, at in told.items() if at > mark), reverse=True)
    if len(late) > _TOLD:
        mark = late[_TOLD][0]
    return mark, {key: at for at, key in late if at > mark}


def digest(text: str) -> str:
    """A short name for something that need not be kept itself."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=5).hexdigest()
