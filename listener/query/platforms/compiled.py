"""What a query becomes for one platform."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Compiled:
    """What to ask a platform so that it sends at least what the query accepts.

    All `queries` together are the query; what they bring is held against it afterwards.
    `widened` says in words what the platform is not asked, or asked more widely; `missed`,
    where the platform, judging words in its own way, may keep back what the query would
    accept. Without any query, `unasked` says why.
    """

    queries: tuple[str, ...]
    widened: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    unasked: str | None = None
