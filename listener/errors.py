"""The error tree. Every error says what is wrong, where, and what to do about it.

    KrasaeError                 exit code 1
    ├── SettingsError           3   the configuration cannot be used
    ├── StoreError              4   the database cannot be used
    │   ├── NewerDatabaseError      it was written by a newer Krasae
    │   ├── StoreBusyError          another process is writing
    │   └── CursorMovedError        another process advanced this stage first
    ├── InputError              5   a file or its content cannot be read
    ├── QuerySyntaxError        6   a query does not parse
    ├── NotFoundError           7   no such alert, issue, brand ...
    ├── PlugError               8   a source, detector or channel cannot be loaded
    └── SourceError            11   a source cannot be heard
        ├── SourceAuthError         it refused the key, or us
        ├── SourceGoneError         there is nothing at that address
        ├── RateLimitedError        it asks us to wait: `retry_at`
        ├── SpendingCapError        asking on would cost more than the user allows
        ├── SourceDownError         it cannot be reached, or fails
        └── BadPayloadError         what it sent cannot be read

Exit code 2 is left to the command line's own usage errors; 9 and 10 are the alerts room's.
"""

from typing import ClassVar


class KrasaeError(Exception):
    """Base of all errors that a person can act on.

    `message` says what is wrong and where (file, row, key); `remedy` what to do.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class SettingsError(KrasaeError):
    """The configuration cannot be used."""

    exit_code = 3


class StoreError(KrasaeError):
    """The database cannot be used."""

    exit_code = 4


class NewerDatabaseError(StoreError):
    """The database was written by a newer Krasae."""


class StoreBusyError(StoreError):
    """Another process held the write lock for longer than we wait."""


class CursorMovedError(StoreError):
    """Another process advanced this stage first; nothing of ours was written."""


class InputError(KrasaeError):
    """A file, or what is in it, cannot be read."""

    exit_code = 5


class QuerySyntaxError(KrasaeError):
    """A query does not parse; `caret` shows the query and the place."""

    exit_code = 6

    def __init__(self, message: str, *, query: str, column: int, remedy: str = "") -> None:
        self.query = query
        self.column = column
        super().__init__(f"{message}\n  {query}\n  {' ' * column}^", remedy=remedy)


class NotFoundError(KrasaeError):
    """There is no such thing in this workspace."""

    exit_code = 7


class PlugError(KrasaeError):
    """A source, detector or channel cannot be loaded; the message names it."""

    exit_code = 8


class SourceError(KrasaeError):
    """A source cannot be heard. Its text holds no secret: no query of an address, no key.

    `retry_at` (UTC ms) is when the platform lets us ask again, where it said so.
    """

    exit_code = 11

    def __init__(self, message: str, *, remedy: str = "", retry_at: int | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_at = retry_at


class SourceAuthError(SourceError):
    """The source refused our key (401) or refused us (403)."""


class SourceGoneError(SourceError):
    """There is nothing at that address (404, 410), or what is asked for is unknown."""


class RateLimitedError(SourceError):
    """The source asks us to wait until `retry_at`."""


class SpendingCapError(SourceError):
    """Asking on would go over a cap of the user's, or a quota; `retry_at` is when it is renewed."""


class SourceDownError(SourceError):
    """The source cannot be reached, does not answer in time, or fails itself (5xx)."""


class BadPayloadError(SourceError):
    """What the source sent is not what it should be: malformed, too large, another format."""
