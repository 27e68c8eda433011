"""One daemon for a workspace: a lock beside its database, which the kernel lets go of."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from listener.errors import StoreBusyError, StoreError


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Be the only daemon of that database. Raises StoreBusyError, which names the other's pid.

    The lock ends with its process, however that ends. Where there is no flock (Windows) there
    is no lock; two daemons then do nothing twice, and everything in vain.
    """
    path = database.with_name(f"{database.name}.run")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Give this user write permission to the database's folder.",
        ) from error
    try:
        _lock(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # the file stays: to unlink it would let two have a lock each


def _lock(descriptor: int, path: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = ""
        with suppress(OSError, ValueError):
            pid = f" as pid {int(path.read_text('ascii'))}"
        raise StoreBusyError(
            f"`krasae run` is at work on this workspace already{pid}.",
            remedy="`krasae sources` shows what it hears. To start it anew, stop it first.",
        ) from error
