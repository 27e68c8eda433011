"""Two Jetstream instances: the same events, with clocks of their own, from a cursor on.

The n-th event is made anew whenever it is sent. Events come two at a time. When all are sent,
an instance goes on with an identity event now and then, as the network never rests.
"""

import random
import select
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.soak.platform import NAMES, dice_of

POSTS = "app.bsky.feed.post"
_AGE = 85_500  # seconds from the first event to the last
_LAST = 420  # seconds: so old is the last
_CHUNK = 64  # messages between two looks at the client
_REACH = 4000  # events back, to what is edited or deleted
_BLOCK = 16_384  # events in which the same people speak
_PEOPLE = 512
_GARBAGE = (b"", b"{", b"[]", b'{"did": 5}', b'{"kind": "commit"}', b"\xe0\xb8".hex().encode())
DISTURBANCES = ("reset", "goodbye", "cut", "pause", "garbage", "refuse")


class Network:
    """The events, and what is to be kept of them. `started` in UTC ms."""

    def __init__(self, items: int, *, seed: int, started: int, share: float) -> None:
        self.items = items
        self._seed = seed
        self._share = int(share * 256)
        self._first = (started - (_AGE + _LAST) * 1000) * 1000
        self._spacing = _AGE * 1_000_000 / items

    def at(self, number: int) -> int:
        """When the event was (us)."""
        return self._first + int((number - number % 2) * self._spacing)

    def since(self, at: int) -> int:
        """The first event that is not before that moment (us)."""
        number = max(0, int((at - self._first) / self._spacing) - 2)
        while number < self.items and self.at(number) < at:
            number += 1
        return number

    @property
    def last_id(self) -> str:
        """Of the last event, which is a post that is wanted."""
        return _native_id(self._event(self.items - 1))

    def message(self, number: int, clock: int) -> bytes:
        """The event as an instance sends it whose clock is that far ahead (us)."""
        return orjson.dumps(self._event(number) | {"time_us": self.at(number) + clock})

    def expected(self) -> dict[str, str]:
        """What has to be kept: texts by id, "" when deleted."""
        texts: dict[str, str] = {}
        by_author: dict[str, list[str]] = {}
        for number in range(self.items):
            event = self._event(number)
            did = event["did"]
            if event["kind"] == "account":
                for native_id in by_author.pop(did, ()):
                    texts[native_id] = ""
            commit = event.get("commit")
            if not commit:
                continue
            native_id = _native_id(event)
            if commit["operation"] == "delete":
                if native_id in texts:
                    texts[native_id] = ""
                continue
            text = commit["record"]["text"]
            if native_id in texts:
                texts[native_id] = text if texts[native_id] else ""
            elif any(name in text for name in NAMES):
                texts[native_id] = text
                by_author.setdefault(did, []).append(native_id)
        return texts

    def _event(self, number: int) -> dict[str, Any]:
        dice = dice_of(self._seed, number)
        kind = dice[0]
        target = number - 1 - int.from_bytes(dice[1:3], "big") % _REACH
        fate = self._fate(target)
        if number == self.items - 1 or kind < 216:
            return self._post(number, dice, named=number == self.items - 1 or dice[3] < self._share)
        if kind < 232 and fate == "deleted":
            return self._commit(target, {"operation": "delete"})
        if kind < 246 and fate == "edited" and number % 2 == 0:
            named = dice[3] < 160
            record = self._record(number, f"edited {self._text(number, dice, named=named)}")
            return self._commit(target, {"operation": "update", "record": record})
        if kind < 250 and fate == "doomed" and target < number - number % _BLOCK:
            # Whoever spoke in the block before says nothing in this one.
            account = {"active": False, "status": "deleted", "did": self._did(target)}
            return {"did": self._did(target), "kind": "account", "account": account}
        if kind < 254 and fate in ("doomed", "quiet"):
            return self._event(target)  # once more
        return {"did": f"did:plc:{kind:024d}", "kind": "identity", "identity": {}}

    def _fate(self, number: int) -> str:
        """What may become of the post of that event; of each one thing alone."""
        dice = dice_of(self._seed, number) if number >= 0 else b"\xff"
        if dice[0] >= 216:
            return "none"
        if dice[4] < 8:
            return "doomed"
        return ("deleted", "edited", "quiet")[dice[5] % 3]

    def _did(self, number: int) -> str:
        dice = dice_of(self._seed, number)
        who = int.from_bytes(dice[6:8], "big") % _PEOPLE
        kind = "doomed" if dice[4] < 8 else "people"
        return f"did:plc:{kind}{number // _BLOCK:08d}{who:06d}".replace("0", "a")

    def _post(self, number: int, dice: bytes, *, named: bool) -> dict[str, Any]:
        record = self._record(number, self._text(number, dice, named=named))
        return self._commit(number, {"operation": "create", "record": record})

    def _commit(self, number: int, told: dict[str, Any]) -> dict[str, Any]:
        commit = {"rev": "3l3qo2vutsw2b", "collection": POSTS, "rkey": f"3l{number:011d}", **told}
        return {"did": self._did(number), "kind": "commit", "commit": commit}

    def _record(self, number: int, text: str) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self.at(number) // 1_000_000 - 1, UTC)
        created = moment.isoformat().replace("+00:00", ".000Z")
        return {"$type": POSTS, "createdAt": created, "langs": ["th"], "text": text}

    def _text(self, number: int, dice: bytes, *, named: bool) -> str:
        if not named:
            return f"item {number}: สวัสดีตอนเช้า a morning like any other, with rain and coffee"
        return f"item {number}: {NAMES[dice[8] % 3]} อร่อยมาก better than last week, {dice.hex()}"


def _native_id(event: Mapping[str, Any]) -> str:
    return f"at://{event['did']}/{POSTS}/{event['commit']['rkey']}"


class Instance:
    """One server. `clock` is how far its clock is ahead (us)."""

    def __init__(self, network: Network, clock: int) -> None:
        self._network = network
        self._clock = clock
        self._listener: socket.socket | None = None
        self._over = threading.Event()
        self._orders: list[str] = []
        self._threads: list[threading.Thread] = []
        self.port = 0
        self.reached = 0
        self.connections = 0

    @property
    def address(self) -> str:
        """Where it is."""
        return f"ws://127.0.0.1:{self.port}/subscribe"

    def start(self) -> None:
        """Listen, on the port of the last time."""
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, args=(self._listener, self._over))]
        self._threads[0].start()

    def stop(self) -> None:
        """Close everything."""
        self._over.set()
        assert self._listener is not None
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def order(self, disturbance: str) -> None:
        """Whoever is served next suffers it."""
        self._orders[:] = [disturbance]

    def _accept(self, listener: socket.socket, over: threading.Event) -> None:
        listener.settimeout(0.1)
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection, over))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, over: threading.Event) -> None:
        with connection, suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(2.0)
            _Talk(self, connection, over).go()

    def taken_order(self) -> str | None:
        """What is to be done to this client, if anything."""
        with suppress(IndexError):
            return self._orders.pop()
        return None

    def messages(self, cursor: int) -> Iterator[bytes | None]:
        """From the cursor on; None whenever there is nothing more."""
        self.connections += 1
        for number in range(self._network.since(cursor - self._clock), self._network.items):
            yield self._network.message(number, self._clock)
            self.reached = max(self.reached, number + 1)
        while True:
            yield None
            at = time.time_ns() // 1000 + self._clock
            alive = {"did": "did:plc:alive", "kind": "identity", "identity": {}, "time_us": at}
            yield orjson.dumps(alive)


class _Talk:
    """One connection, from the handshake to its end."""

    def __init__(
        self, instance: Instance, connection: socket.socket, over: threading.Event
    ) -> None:
        self._instance = instance
        self._connection = connection
        self._over = over
        self._protocol = ServerProtocol()

    def go(self) -> None:
        """Shake hands and send, until somebody goes away."""
        cursor = self._handshake()
        if cursor is None:
            return
        messages = self._instance.messages(cursor)
        while not self._over.is_set() and self._protocol.state is State.OPEN:
            order = self._instance.taken_order()
            if order and not self._obey(order):
                return
            sent = 0
            for message in messages:
                if message is None:
                    break
                self._protocol.send_text(message)
                sent += 1
                if sent == _CHUNK:
                    break
            self._exchange(0 if sent == _CHUNK else 0.2)

    def _handshake(self) -> int | None:
        while True:
            received = self._connection.recv(1 << 16)
            if not received:
                return None
            self._protocol.receive_data(received)
            for request in self._protocol.events_received():
                assert isinstance(request, Request)
                order = self._instance.taken_order()
                if order == "refuse":
                    self._protocol.send_response(self._protocol.reject(503, "not now"))
                    self._flush()
                    return None
                self._protocol.send_response(self._protocol.accept(request))
                asked = parse_qs(urlsplit(request.path).query)
                assert asked["wantedCollections"] == [POSTS], request.path
                return int(asked["cursor"][0])

    def _obey(self, order: str) -> bool:
        """Do what was ordered; whether the connection goes on."""
        if order == "reset":
            linger = struct.pack("ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        if order == "cut":
            frame = Frame(Opcode.TEXT, b"{" * 2000).serialize(mask=False)
            self._connection.sendall(frame[: len(frame) // 2])
            return False
        if order == "goodbye":
            self._protocol.send_close(1001, "restarting")
            self._exchange(1.0)
            return False
        if order == "garbage":
            for message in _GARBAGE:
                self._protocol.send_text(message)
        elif order == "pause":
            self._over.wait(3.0)
        elif order == "dead":
            self._until_gone()
            return False
        return True

    def _until_gone(self) -> None:
        """Answer nothing at all, not even pings, until the client gives up."""
        poll = select.poll()
        poll.register(self._connection, select.POLLRDHUP)
        while not self._over.is_set() and not poll.poll(200):
            pass

    def _exchange(self, seconds: float) -> None:
        self._flush()
        if not select.select([self._connection], [], [], seconds)[0]:
            return
        received = self._connection.recv(1 << 16)
        if not received:
            raise ConnectionError
        self._protocol.receive_data(received)
        self._protocol.events_received()
        self._flush()

    def _flush(self) -> None:
        data = b"".join(self._protocol.data_to_send())
        while data:
            try:
                data = data[self._connection.send(data) :]
            except TimeoutError:  # it takes nothing: it has enough for now
                if self._over.is_set():
                    raise


class Jetstream:
    """The platform: two instances of one network.

    `share` of the posts name the brand; so often as `dead` (a share of the disturbances) a
    connection is half-open, which the client has to find out by its pings, in 40 seconds.
    """

    name = "bluesky"

    def __init__(
        self, items: int, *, seed: int, started: int, share: float = 0.3, dead: float = 0.0
    ) -> None:
        self.items = items
        self._dead = dead
        self._network = Network(items, seed=seed, started=started, share=share)
        self._instances = [Instance(self._network, 0), Instance(self._network, 2_500_000)]

    def start(self) -> None:
        """Begin to serve."""
        for instance in self._instances:
            instance.start()

    def stop(self) -> None:
        """Go away."""
        for instance in self._instances:
            instance.stop()

    def sections(self) -> str:
        """Its part of config.toml."""
        addresses = ", ".join(f'"{instance.address}"' for instance in self._instances)
        return (
            f'[[sources]]\nname = "{self.name}"\ntype = "bluesky"\n'
            f"options = {{ addresses = [{addresses}], backlog_minutes = 1440 }}\n"
        )

    def disturb(self, dice: random.Random) -> str:
        """Something bad for whoever listens."""
        order = "dead" if dice.random() < self._dead else dice.choice(DISTURBANCES)
        for instance in self._instances:
            instance.order(order)
        return order

    def sent(self) -> int:
        """How many events were sent."""
        return max(instance.reached for instance in self._instances)

    def finished(self, db: sqlite3.Connection) -> bool:
        """Whether the last one is there."""
        query = "SELECT 1 FROM mentions WHERE platform = 'bluesky' AND native_id = ?"
        return db.execute(query, [self._network.last_id]).fetchone() is not None

    def expected(self) -> Mapping[str, str]:
        """What has to be kept."""
        return self._network.expected()
