"""An Instagram account: polled and delivered, against a Graph API on this machine."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from krasae.schema import ROOMS
from listener.errors import RateLimitedError, SourceAuthError
from listener.model import DAY_MS
from listener.store import append, open_database
from tests.recordings.graph_server import Edge, GraphServer, Listener, refusal, texts
from tests.recordings.loopback import Answer, Request
from tests.recordings.replay import KEY, NOW

ACCOUNT = "17841400000000001"
NAME = "chayen.siam"
MINUTE = 60_000


def at(minutes_ago: int) -> str:
    hours, minutes = divmod(12 * 60 - minutes_ago, 60)
    return f"2026-11-24T{hours:02}:{minutes:02}:00+0000"


def media(number: int, *, comments: int, minutes_ago: int = 300, **more: Any) -> dict[str, Any]:
    told = {
        "id": str(number),
        "caption": f"media {number}",
        "timestamp": at(minutes_ago),
        "permalink": f"https://www.instagram.com/p/C{number}/",
        "username": NAME,
        "comments_count": comments,
    }
    return {**told, **more}


def comment(number: int, minutes_ago: int, who: str = "mint", *replies: Any) -> dict[str, Any]:
    told = {
        "id": str(number),
        "text": f"ชาเย็น {number}",
        "timestamp": at(minutes_ago),
        "username": who,
        "like_count": 0,
    }
    return {**told, "replies": {"data": list(replies)}} if replies else told


class Account:
    """An account with one media and what is said there; `mentioned` answers for mentions."""

    def __init__(self, server: GraphServer) -> None:
        self.comments = Edge([comment(12, 20), comment(11, 30)])
        self.media = Edge([media(101, comments=2)])
        self.tags = Edge([])
        self.mentioned: Answer = refusal(400, 100, error_subcode=33)
        server.answers = type(server.answers)(
            {
                f"{ACCOUNT}/media": self.media,
                f"{ACCOUNT}/tags": self.tags,
                "101/comments": self.comments,
                ACCOUNT: self._mentioned,
            }
        )

    def count(self, comments: int) -> None:
        """So many comments there are, the account says."""
        self.media.items[0]["comments_count"] = comments

    def _mentioned(self, request: Request) -> Answer:
        return self.mentioned


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with GraphServer() as found:
        yield found


@pytest.fixture
def account(server: GraphServer) -> Account:
    return Account(server)


def listener(server: GraphServer, **options: Any) -> Listener:
    return Listener(server, "instagram", {"account": ACCOUNT, **options})


def webhook(field: str, *values: Any) -> bytes:
    changes = [{"field": field, "value": value} for value in values]
    entry = {"id": ACCOUNT, "time": NOW // 1000 - 1200, "changes": changes}
    return orjson.dumps({"object": "instagram", "entry": [entry]})


def told(number: int, text: str, who: str = "mint") -> dict[str, Any]:
    author = {"id": f"9{number}", "username": who}
    return {"id": str(number), "text": text, "from": author, "media": {"id": "101"}}


def answered(name: str, node: dict[str, Any]) -> Answer:
    return Answer(orjson.dumps({name: node, "id": ACCOUNT}))


def test_what_has_not_changed_is_asked_again_once_a_day(
    server: GraphServer, account: Account
) -> None:
    heard = listener(server)
    assert texts(heard.poll()) == ["ชาเย็น 11", "ชาเย็น 12"]
    server.asked.clear()
    heard.poll()
    assert server.edges == [f"{ACCOUNT}/media", f"{ACCOUNT}/tags"]
    account.comments.items = [comment(13, 10), comment(12, 20)]  # one less, one more
    assert texts(heard.poll()) == []
    heard.now += DAY_MS
    assert texts(heard.poll()) == ["ชาเย็น 13"]


def test_a_reply_to_an_older_comment(server: GraphServer, account: Account) -> None:
    heard = listener(server)
    heard.poll()
    account.comments.items[1] = comment(11, 30, "mint", comment(14, 5, "jo"), comment(15, 4, NAME))
    account.count(4)
    (mention,) = [one for batch in heard.poll() for one in batch.mentions]
    assert (mention.native_id, mention.reply_to, mention.author) == ("14", "11", "jo")
    assert mention.url == "https://www.instagram.com/p/C101/"


def test_what_we_say_ourselves_is_not_listened_to(server: GraphServer, account: Account) -> None:
    own = {**comment(16, 5, "an older name"), "from": {"id": ACCOUNT}}
    account.comments.items = [own, comment(17, 6, NAME), comment(18, 7)]
    heard = listener(server)
    assert texts(heard.poll()) == ["ชาเย็น 18"]
    heard.deliver(webhook("comments", told(19, "ของเราเอง", NAME), told(20, "ของเขา")))
    assert texts(heard.poll()) == ["ของเขา"], "the name was learnt from the media"


def test_own_media_and_tags(server: GraphServer, account: Account) -> None:
    account.media.items[0] |= {
        "like_count": 7,
        "insights": {"data": [{"name": "reach", "period": "lifetime", "values": [{"value": 70}]}]},
    }
    account.tags.items = [media(900, comments=0, username="tea_diary")]
    heard = listener(server, insights={"reach": "reach"})
    batches = heard.poll()
    (post,) = [one for batch in batches for one in batch.own_posts]
    assert dict(post.metrics) == {"likes": 7, "replies": 2, "reach": 70}
    assert texts(batches) == ["media 900", "ชาเย็น 11", "ชาเย็น 12"]
    assert "insights.metric(reach)" in server.paths[0]
    server.asked.clear()
    listener(server, tags=False).poll()
    assert f"{ACCOUNT}/tags" not in server.edges


def test_where_we_are_mentioned_is_asked_for(server: GraphServer, account: Account) -> None:
    heard = listener(server)
    node = {**comment(21, 9, "somchai"), "media": {"id": "7", "permalink": "https://i.example/7"}}
    account.mentioned = answered("mentioned_comment", node)
    heard.deliver(webhook("mentions", {"media_id": "7", "comment_id": "21"}))
    first = heard.poll()
    account.mentioned = answered("mentioned_media", media(8, comments=1, username="fern"))
    heard.deliver(webhook("mentions", {"media_id": "8"}))
    second = heard.poll()
    assert [first[0].taken, second[0].taken] == [1, 2]
    (comment_, post) = (*first[0].mentions, *second[0].mentions)
    assert (comment_.native_id, comment_.reply_to, comment_.author) == ("21", "7", "somchai")
    assert comment_.url == "https://i.example/7"
    assert (post.native_id, post.text, post.author) == ("8", "media 8", "fern")
    asked = [path for path in server.paths if "mentioned" in path]
    assert "mentioned_comment.comment_id(21)%7Bid,text" in asked[0]
    assert "mentioned_media.media_id(8)%7Bid,caption" in asked[1]


def test_a_mention_that_is_gone_is_counted(server: GraphServer, account: Account) -> None:
    heard = listener(server)
    heard.deliver(webhook("mentions", {"media_id": "8"}))
    heard.deliver(webhook("comments", told(22, "ยังอยู่")))
    batches = heard.poll()
    assert [batch.refused for batch in batches[:2]] == [1, 0]
    assert texts(batches)[0] == "ยังอยู่"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400, 4), RateLimitedError),
        (refusal(403, 10, "instagram_manage_comments"), SourceAuthError),
    ],
)
def test_a_mention_that_cannot_be_had_now_is_not_thrown_away(
    server: GraphServer, account: Account, answer: Answer, error: type[Exception]
) -> None:
    heard = listener(server)
    account.mentioned = answer
    heard.deliver(webhook("comments", told(22, "ก่อน")))
    heard.deliver(webhook("mentions", {"media_id": "8"}))
    assert isinstance(heard.error(), error)
    assert texts(heard.batches) == ["ก่อน"]
    assert heard.batches[-1].taken == 1
    account.mentioned = answered("mentioned_media", media(8, comments=1, username="fern"))
    assert texts(heard.poll())[0] == "media 8"


def test_polled_and_delivered_are_one_mention(server: GraphServer, account: Account) -> None:
    heard = listener(server)
    heard.deliver(webhook("comments", told(12, "ชาเย็น 12")))
    db = open_database(":memory:", ROOMS, create=True)
    for batch in heard.poll():
        append(db, batch.mentions, source="it", key=KEY, now=NOW)
    rows = list(db.query("SELECT native_id, url FROM mentions ORDER BY native_id"))
    assert rows == [
        {"native_id": "11", "url": "https://www.instagram.com/p/C101/"},
        {"native_id": "12", "url": "https://www.instagram.com/p/C101/"},
    ]
