"""Receiving: the one HTTP door at which platforms deliver, and what sources do with that.

`receiving` opens it for as long as one listens. A platform is answered 200 only when what it
brought is on the disk; its source takes it in from there (`listener.receive.taking`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from listener.errors import StoreError
from listener.settings import ReceiverSettings

if TYPE_CHECKING:
    from listener.collect.station import Station


@contextmanager
def receiving(
    stations: "Sequence[Station]",
    settings: ReceiverSettings,
    database: Path,
    *,
    now: Callable[[], int],
    told: Callable[[str, str], None] | None = None,
) -> Iterator[dict[str, str]]:
    """Open the door for those stations that receive; their addresses, by the station's name.

    Opens nothing where none does. `told` hears, at most once a minute and of any thread, what
    is wrong with the calls to a station, and when the door fell shut and is opened again; the
    ledger says it too. Raises SettingsError when the port cannot be had, StoreError when the
    database cannot.
    """
    doors = [station for station in stations if station.receives]
    if not doors:
        yield {}
        return
    from listener.collect.inbox import DeliveryKeeper
    from listener.receive.app import Limits, receiver
    from listener.receive.server import Receiver

    with closing(DeliveryKeeper(database, now=now, most_waiting=settings.waiting)) as keeper:

        def note(name: str, words: str) -> None:
            if told:
                told(name, words)
            keeper.note(name, words)

        def fell(why: str) -> None:
            for station in doors:
                with suppress(StoreError):
                    note(station.name, f"the receiver stopped ({why}); it is started again.")

        app = receiver(doors, keeper.keep, now, limits=Limits(settings.body_kib << 10), told=note)
        with Receiver(
            app, settings.host, settings.port, connections=settings.connections, fell=fell
        ) as open_:
            outside = (settings.public or open_.address).rstrip("/")
            yield {station.name: f"{outside}/hooks/{station.name}" for station in doors}
