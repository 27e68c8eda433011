"""To poll as a stream does: for as long as it is listened to."""

from collections.abc import Callable, Iterable, Iterator

from listener.source import Batch, Context, Stopped


def polling(
    context: Context, seconds: float, poll: Callable[[], Iterable[Batch]]
) -> Iterator[Batch]:
    """Poll after poll, so many seconds apart. Ends with Stopped."""
    while True:
        yield from poll()
        if context.wait(seconds):
            raise Stopped
