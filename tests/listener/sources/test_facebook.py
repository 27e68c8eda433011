"""A Facebook page: polled and delivered, against a Graph API on this machine."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from krasae.schema import ROOMS
from listener.errors import RateLimitedError, SettingsError, SourceAuthError, SourceDownError
from listener.model import DAY_MS, FoldingKind
from listener.store import append, fold, open_database
from tests.recordings.graph_server import (
    APP_SECRET,
    TOKEN,
    Edge,
    GraphServer,
    Listener,
    refusal,
    texts,
)
from tests.recordings.loopback import Answer
from tests.recordings.replay import KEY, NOW

PAGE = "100200300400500"
SECONDS = NOW // 1000
MINUTE = 60_000


def at(minutes_ago: int) -> str:
    hours, minutes = divmod(12 * 60 - minutes_ago, 60)
    return f"2026-11-24T{hours:02}:{minutes:02}:00+0000"


def post(
    number: int, *, comments: int | None, minutes_ago: int = 60, **more: Any
) -> dict[str, Any]:
    told = {
        "id": f"{PAGE}_{number}",
        "message": f"post {number}",
        "created_time": at(minutes_ago),
        "updated_time": at(0),
        "from": {"id": PAGE, "name": "ชาเย็นสยาม"},
        "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number}",
    }
    if comments is not None:
        told["comments"] = {"data": [], "summary": {"total_count": comments}}
    return {**told, **more}


def comment(number: int, minutes_ago: int = 30, **more: Any) -> dict[str, Any]:
    told = {
        "id": f"1_{number}",
        "message": f"ชาเย็น {number}",
        "created_time": at(minutes_ago),
        "from": {"id": f"70{number}"},
    }
    return {**told, **more}


class Page:
    """A page with two posts, one of which has comments."""

    def __init__(self, server: GraphServer) -> None:
        self.comments = Edge([comment(2, 20), comment(1, 30)])
        self.tagged = Edge([])
        self.posts = Edge([post(1, comments=2), post(2, comments=0)])
        server.answers = type(server.answers)(
            {
                f"{PAGE}/feed": self.posts,
                f"{PAGE}/tagged": self.tagged,
                f"{PAGE}_1/comments": self.comments,
            }
        )

    def add(self, one: dict[str, Any]) -> None:
        """A comment comes on top."""
        self.comments.items.insert(0, one)
        count = len(self.comments.items)
        self.posts.items[0]["comments"] = {"summary": {"total_count": count}}
        self.posts.items[0]["updated_time"] = one["created_time"]


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with GraphServer() as found:
        yield found


@pytest.fixture
def page(server: GraphServer) -> Page:
    return Page(server)


def listener(server: GraphServer, **options: Any) -> Listener:
    return Listener(server, "facebook", {"page": PAGE, **options})


def webhook(*values: dict[str, Any], seconds: int = SECONDS) -> bytes:
    changes = [
        {"field": "feed", "value": {"item": "comment", "verb": "add", **one}} for one in values
    ]
    entry = {"id": PAGE, "time": seconds, "changes": changes}
    return orjson.dumps({"object": "page", "entry": [entry]})


def test_what_has_not_changed_is_not_asked_again(server: GraphServer, page: Page) -> None:
    heard = listener(server)
    assert texts(heard.poll()) == ["ชาเย็น 1", "ชาเย็น 2"]
    assert server.edges == [f"{PAGE}/feed", f"{PAGE}/tagged", f"{PAGE}_1/comments"]
    server.asked.clear()
    assert texts(heard.poll()) == []
    assert server.edges == [f"{PAGE}/feed", f"{PAGE}/tagged"]
    page.add(comment(3, 10))
    assert texts(heard.poll()) == ["ชาเย็น 3"]
    page.posts.items[1]["comments"] = {"summary": {"total_count": 1}}
    server.answers[f"{PAGE}_2/comments"] = Edge([comment(4)])
    assert texts(heard.poll()) == ["ชาเย็น 4"]


def test_without_numbers_comments_are_read_each_time(server: GraphServer, page: Page) -> None:
    del page.posts.items[0]["comments"], page.posts.items[0]["updated_time"]
    heard = listener(server)
    heard.poll()
    page.comments.items.insert(0, comment(3, 10))
    assert texts(heard.poll()) == ["ชาเย็น 3"]


def test_comments_that_come_while_one_reads(server: GraphServer, page: Page) -> None:
    page.comments.items = [comment(number, 100 - number) for number in range(30, 0, -1)]
    page.comments.page = 7
    fresh = iter([comment(number, 40 - number) for number in range(31, 34)])
    page.comments.meanwhile = lambda: page.add(next(fresh, comment(34, 1)))
    heard = listener(server)
    first = texts(heard.poll())
    assert first == [f"ชาเย็น {number}" for number in range(1, 31)]
    page.comments.meanwhile = lambda: None
    assert texts(heard.poll()) == [f"ชาเย็น {number}" for number in (31, 32, 33, 34)]


def test_own_posts_and_their_numbers(server: GraphServer, page: Page) -> None:
    page.posts.items[0] |= {"shares": {"count": 3}, "reactions": {"summary": {"total_count": 9}}}
    heard = listener(server)
    first, *_ = heard.poll()
    assert [(one.native_id, dict(one.metrics)) for one in first.own_posts] == [
        (f"{PAGE}_1", {"likes": 9, "reposts": 3, "replies": 2}),
        (f"{PAGE}_2", {"replies": 0}),
    ]
    assert {one.at for one in first.own_posts} == {NOW}


def test_old_posts_are_left_alone(server: GraphServer, page: Page) -> None:
    heard = listener(server, days=1)
    assert texts(heard.poll()) == ["ชาเย็น 1", "ชาเย็น 2"]
    heard.now += DAY_MS
    page.add(comment(3, 10))
    batches = heard.poll()
    assert texts(batches) == []
    assert not any(batch.own_posts for batch in batches)
    places = orjson.loads(heard.cursor or "")["places"]
    assert f"{PAGE}_1/comments" not in places, "the cursor does not grow for ever"


def test_what_others_post_and_where_they_tag_us(server: GraphServer, page: Page) -> None:
    visitor = {"id": "7001", "name": "Somchai"}
    page.posts.items.append({**post(3, comments=0), "from": visitor})
    page.tagged.items = [{**post(4, comments=None), "from": visitor}, post(5, comments=None)]
    heard = listener(server)
    assert texts(heard.poll())[:2] == ["post 3", "post 4"], "post 5 is our own"
    page.tagged.items.append({**post(6, comments=None, minutes_ago=700), "from": visitor})
    assert texts(heard.poll()) == ["post 6"], "tagged only later"
    server.asked.clear()
    listener(server, tagged=False).poll()
    assert f"{PAGE}/tagged" not in server.edges


def test_a_permission_that_lacks_keeps_nothing_else_back(server: GraphServer, page: Page) -> None:
    server.answers[f"{PAGE}/tagged"] = refusal(403, 10, "requires pages_read_user_content")
    heard = listener(server)
    batches = heard.poll()
    assert texts(batches) == ["ชาเย็น 1", "ชาเย็น 2"]
    assert batches[-1].heard_until is None
    assert "pages_read_user_content" in (batches[-1].problem or "")
    server.answers[f"{PAGE}/feed"] = refusal(403, 10, "requires pages_read_engagement")
    with pytest.raises(SourceAuthError, match="pages_read_engagement"):
        heard.poll()


def test_a_post_that_vanished_keeps_the_others(server: GraphServer, page: Page) -> None:
    page.posts.items.insert(0, post(9, comments=4))
    server.answers[f"{PAGE}_9/comments"] = refusal(400, 100, error_subcode=33)
    batches = listener(server).poll()
    assert texts(batches) == ["ชาเย็น 1", "ชาเย็น 2"]
    assert "100/33" in (batches[-1].problem or "")


def test_insights_that_are_refused_cost_only_themselves(server: GraphServer, page: Page) -> None:
    def picky(request: Any) -> Answer:
        if "insights" in request.path:
            return refusal(400, 100, "(#100) The value must be a valid insights metric")
        return page.posts(request)

    server.answers[f"{PAGE}/feed"] = picky
    batches = listener(server, insights={"post_gone": "clicks"}).poll()
    assert len(batches[0].own_posts) == 2
    assert texts(batches) == ["ชาเย็น 1", "ชาเย็น 2"]
    assert "insights" not in (batches[0].problem or "")
    assert "(error 100)" in (batches[-1].problem or "")


def test_a_limit_in_the_middle_goes_on_where_it_was(server: GraphServer, page: Page) -> None:
    page.posts.items.append(post(3, comments=1))
    server.answers[f"{PAGE}_3/comments"] = refusal(400, 32)
    heard = listener(server)
    error = heard.error()
    assert isinstance(error, RateLimitedError)
    assert error.retry_at == NOW + 5 * MINUTE
    assert texts(heard.batches) == ["ชาเย็น 1", "ชาเย็น 2"]
    server.answers[f"{PAGE}_3/comments"] = Edge([comment(5)])
    server.asked.clear()
    assert texts(heard.poll()) == ["ชาเย็น 5"]
    assert f"{PAGE}_1/comments" not in server.edges


def test_an_app_that_is_nearly_used_up_is_spared(server: GraphServer, page: Page) -> None:
    page.posts.headers = {"X-App-Usage": '{"call_count":97,"total_time":1,"total_cputime":1}'}
    heard = listener(server)
    assert isinstance(heard.error(), RateLimitedError)
    assert server.edges == [f"{PAGE}/feed"]
    assert len(heard.batches[0].own_posts) == 2, "what came is kept"


def test_a_stream_takes_deliveries_while_the_platform_lets_it_wait(
    server: GraphServer, page: Page
) -> None:
    page.posts.headers = {"X-App-Usage": '{"call_count":97,"total_time":1,"total_cputime":1}'}
    heard = listener(server)

    def happens(look: int) -> None:
        if look == 2:
            heard.deliver(webhook({"comment_id": "1_8", "post_id": "1", "message": "ด่วน"}))

    batches = heard.stream(4, happens)
    assert texts(batches) == ["ด่วน"]
    assert [batch.taken for batch in batches if batch.taken] == [1]
    assert [batch for batch in batches if batch.problem]
    assert server.edges == [f"{PAGE}/feed"]


def test_a_stream_polls_now_and_then(
    server: GraphServer, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 100_000, 400))
    monkeypatch.setattr("listener.fetch.assets.monotonic", lambda: float(next(seconds)))
    heard = listener(server, interval_seconds=600)
    heard.stream(6, lambda look: page.add(comment(look + 10, 10)) if look == 1 else None)
    assert texts(heard.batches) == ["ชาเย็น 1", "ชาเย็น 2", "ชาเย็น 11"]
    assert 2 <= server.edges.count(f"{PAGE}/feed") <= 5


def test_a_stream_that_cannot_be_heard_says_so(server: GraphServer, page: Page) -> None:
    server.answers[f"{PAGE}/feed"] = refusal(500, 2)
    with pytest.raises(SourceDownError):
        listener(server).stream(50)


def test_polled_and_delivered_are_one_mention(server: GraphServer, page: Page) -> None:
    heard = listener(server)
    seconds = SECONDS - 20 * 60
    value = {"comment_id": "1_2", "post_id": f"{PAGE}_1", "message": "ชาเย็น 2"}
    heard.deliver(webhook({**value, "from": {"id": "702"}, "created_time": seconds}))
    heard.deliver(webhook({**value, "verb": "remove"}, seconds=SECONDS + 60))
    batches = heard.poll()
    db = open_database(":memory:", ROOMS, create=True)
    for batch in batches:
        append(db, batch.mentions, source="it", key=KEY, now=NOW)
        fold(db, batch.foldings, key=KEY)
    rows = list(db.query("SELECT native_id, text, deleted_at FROM mentions ORDER BY native_id"))
    assert rows == [
        {"native_id": "1_1", "text": "ชาเย็น 1", "deleted_at": None},
        {"native_id": "1_2", "text": "", "deleted_at": (SECONDS + 60) * 1000},
    ]


def test_a_deletion_that_overtakes_its_comment_holds(server: GraphServer, page: Page) -> None:
    heard = listener(server)
    heard.deliver(webhook({"comment_id": "1_2", "post_id": f"{PAGE}_1", "verb": "remove"}))
    (deletion,) = [folding for batch in heard.poll() for folding in batch.foldings]
    assert deletion.kind is FoldingKind.DELETE
    assert not deletion.in_order, "the store keeps a tombstone"


def test_deliveries_are_taken_once(server: GraphServer, page: Page) -> None:
    heard = listener(server)
    for number in range(45):
        heard.deliver(webhook({"comment_id": f"1_{number + 100}", "message": str(number)}))
    cut = heard.listen()
    for _ in range(17):
        next(cut)
    cut.close()
    heard.poll()
    delivered = [batch.taken for batch in heard.batches if batch.taken is not None]
    assert delivered == list(range(1, 46))
    assert len(texts(heard.batches)) == 45 + 2


def test_another_page_begins_anew(server: GraphServer, page: Page) -> None:
    heard = listener(server)
    heard.poll()
    other = listener(server, page="999888777")
    other.cursor = heard.cursor
    server.answers["999888777/feed"] = Edge([])
    server.answers["999888777/tagged"] = Edge([])
    assert texts(other.poll()) == []
    assert orjson.loads(other.cursor or "")["account"] == "999888777"


def test_secrets_are_nowhere(server: GraphServer, page: Page) -> None:
    heard = listener(server)
    heard.deliver(webhook({"comment_id": "1_2", "message": "ชาเย็น 2"}))
    heard.poll()
    for answer in (refusal(400, 190, f"bad token {TOKEN}"), refusal(400, 100), Answer(b"", 302)):
        server.answers[f"{PAGE}/feed"] = answer
        assert TOKEN not in str(heard.error())
    said = repr([heard.batches, heard.cursor, server.paths])
    assert TOKEN not in said
    assert APP_SECRET not in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"page": "chayen.siam"}, "an id of digits"),
        ({"token": "EAAB-plain"}, "it is a secret"),
        ({"app_secret": "plain"}, "it is a secret"),
        ({"insights": {"post_clicks": "clicking"}}, "the second one of"),
        ({"insights": {"a),x(": "clicks"}}, "expected pairs"),
        ({"version": "25"}, "version"),
        ({"days": 0}, "days"),
    ],
)
def test_options_that_cannot_be_used(
    server: GraphServer, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        listener(server, **options).poll()
    assert "EAAB" not in str(caught.value)


def test_only_the_token_is_needed(server: GraphServer, page: Page) -> None:
    heard = listener(server, app_secret=None, token=SecretStr(TOKEN))
    assert len(texts(heard.poll())) == 2
    assert not any("appsecret_proof" in path for path in server.paths)
