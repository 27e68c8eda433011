"""The alerts room's errors; the tree's root and its exit codes are in `listener/errors.py`."""

from listener.errors import KrasaeError


class ChannelError(KrasaeError):
    """A channel did not take a message. Its text names the cause and holds no secret."""

    exit_code = 9


class IssueError(KrasaeError):
    """An issue cannot be changed like that."""

    exit_code = 10


class IssueMovedError(IssueError):
    """Somebody else changed the issue first; the message says what they did."""
