"""Feeds of every dialect and in every state, read without a server."""

import gzip
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from listener.errors import BadPayloadError, SettingsError
from listener.fetch.charset import as_utf8
from listener.fetch.fetcher import Page
from listener.fetch.listings import Listing
from listener.model import Mention
from listener.payloads.feeds import parse_feed
from listener.settings import SourceSettings
from listener.source import Context
from listener.sources.feeds import FeedOptions, connect
from tests.recordings.replay import FOLDER, NOW

SUITE = FOLDER / "feedparser"
FILES = sorted(path.name for path in SUITE.glob("*.xml"))
ADDRESS = "https://feeds.example/all/feed.xml?token=x"


def read(body: bytes, content_type: str = "", address: str | SecretStr = ADDRESS) -> Listing:
    headers = {"content-type": content_type} if content_type else {}
    page = Page(200, "https://mirror.example/", body, headers)
    return parse_feed(page, address, platform="rss", now=NOW)


def rss(items: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Feed</title>'
        f"{head}{items}</channel></rss>"
    ).encode()


def one(items: str, head: str = "") -> Mention:
    [mention] = read(rss(items, head)).mentions
    return mention


def test_the_suite_gives_what_is_expected(request: pytest.FixtureRequest) -> None:
    found = {}
    for name in FILES:
        listing = read((SUITE / name).read_bytes(), "application/xml")
        found[name] = {
            "said": [[mention.native_id, mention.text] for mention in listing.mentions],
            "refused": listing.refused,
            "whole": listing.whole,
        }
    path = SUITE / "expected.json"
    if request.config.getoption("--update-golden"):
        path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    assert found == orjson.loads(path.read_bytes())
    assert (SUITE / "LICENSE").exists()


def test_the_whole_suite_can_be_read(krasae_data: Path) -> None:
    files = sorted((krasae_data / "recordings" / "feedparser").rglob("*.xml"))
    assert len(files) > 500
    said = 0
    for path in files:
        body = path.read_bytes()
        try:
            listing = read(body, "application/xml")
        except BadPayloadError:
            continue
        assert listing == read(body, "application/xml")
        for mention in listing.mentions:
            assert mention.native_id
            assert mention.text.strip()
            assert orjson.dumps(mention.text)
            said += 1
    assert said > 100


@pytest.mark.parametrize(
    ("declared", "content_type"),
    [
        ('encoding="TIS-620"', "text/xml"),
        ('encoding="windows-874"', "application/xml"),
        ('encoding="UTF-8"', "application/xml"),
        ('encoding="utf-8"', "text/xml; charset=utf-8"),
        ('encoding="iso-8859-1"', "application/rss+xml; charset=ISO-8859-1"),
        ("", "text/xml"),
        ("", ""),
    ],
)
def test_thai_is_read_whatever_it_says_of_itself(declared: str, content_type: str) -> None:
    text = "ชาเย็นแก้วละ 45 บาท “แพงมาก” ฯลฯ"
    document = (
        f'<?xml version="1.0" {declared}?><rss version="2.0"><channel><title>ข่าว</title>'
        f"<item><title>{text}</title><guid>tag:a</guid></item></channel></rss>"
    )
    [mention] = read(document.encode("cp874"), content_type).mentions
    assert mention.text == text
    assert mention.author == "ข่าว"


@pytest.mark.parametrize(
    "text",
    [
        "Le café à l'été : déjà très cher, dit-on là-bas",
        "Größe und Überraschung über ähnliche Öfen",
        "El niño comió piña mañana; ¿qué más?",
    ],
)
def test_western_text_is_not_taken_for_thai(text: str) -> None:
    assert as_utf8(text.encode("latin-1")) is None


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет, это новости о погоде и о чае, которые все читают сегодня", "cp1251"),
        ("Καλημέρα σας, αυτά είναι τα νέα της ημέρας για τον καιρό", "iso8859-7"),
        ("שלום לכולם אלו החדשות של היום על מזג האוויר", "cp1255"),
        ("مرحبا هذه أخبار اليوم عن الطقس والشاي", "cp1256"),
        ("今日のニュースです。お茶の値段が上がりました。", "shift_jis"),
        ("오늘의 뉴스입니다. 차 가격이 올랐습니다.", "euc_kr"),
        ("今天的新闻是茶叶涨价了", "gb2312"),
    ],
)
def test_other_scripts_are_not_taken_for_thai(text: str, encoding: str) -> None:
    assert as_utf8((text * 5).encode(encoding)) is None


@given(st.text(alphabet="กขคงจชดตทนบปพมยรลวสหอะาิีึืุูเแโใไ่้ ", min_size=30))
def test_utf8_is_left_as_it_is(text: str) -> None:
    assert as_utf8(text.encode()) is None


def test_real_thai_in_cp874_is_recognised(krasae_data: Path) -> None:
    missed = tried = 0
    with gzip.open(krasae_data / "wisesight" / "valid.jsonl.gz") as lines:
        for line in lines:
            try:
                body = orjson.loads(line)["text"].encode("cp874")
            except UnicodeEncodeError:
                continue
            if not body.isascii() and len(body) > 60:
                tried += 1
                missed += as_utf8(body) is None
    assert tried > 500
    assert missed / tried < 0.03


def test_a_time_is_read_or_is_that_of_arrival() -> None:
    moment = 1_795_489_200_000
    for written in (
        "Tue, 24 Nov 2026 10:00:00 +0700",
        "2026-11-24T03:00:00Z",
        "Tue, 24 Nov 2569 10:00:00 +0700",
        "2569-11-24T10:00:00+07:00",
    ):
        assert one(f"<item><title>a</title><pubDate>{written}</pubDate></item>").published_at == (
            moment
        )
    for written in ("", "yesterday", "0000-00-00", "32 Foo 20260", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert one(f"<item><title>a</title><pubDate>{written}</pubDate></item>").published_at == (
            NOW
        )


def test_ids_are_stable_and_believed_only_if_they_can_be() -> None:
    item = "<item><title>{}</title><link>https://a.example/{}</link><guid>{}</guid></item>"
    same = read(rss(item.format("a", 1, "0") + item.format("b", 2, "0"))).mentions
    assert len({mention.native_id for mention in same}) == 2
    assert one("<item><title>x</title><guid isPermaLink='false'>7</guid></item>").native_id == (
        "feeds.example:7"
    )
    assert one("<item><title>x</title><link>https://a.example/7</link></item>").native_id == (
        "https://a.example/7"
    )
    nameless = one("<item><title>x</title></item>").native_id
    assert nameless == one("<item><title>x</title><pubDate>2026</pubDate></item>").native_id
    assert nameless != one("<item><title>y</title></item>").native_id


def test_a_secret_address_leaves_no_trace() -> None:
    body = rss("<item><title>x</title><guid>7</guid><link>/7</link></item>")
    listing = read(body, address=SecretStr("https://u:pw@feeds.example/k3y/feed?t=k3y"))
    assert "k3y" not in repr(listing)
    assert "pw" not in repr(listing)


def test_links_that_are_none_are_not_kept() -> None:
    for link in ("javascript:alert(1)", "ftp://a.example/x", "file:///etc/passwd", "data:,x"):
        assert one(f"<item><title>x</title><link>{link}</link></item>").url is None


def test_a_title_is_not_said_twice() -> None:
    repeated = "<item><title>Tea is up - Post</title><description>{}</description></item>"
    assert one(repeated.format("&lt;a href='x'&gt;Tea is up&lt;/a&gt; Post")).text == (
        "Tea is up - Post"
    )
    assert one(repeated.format("Tea is up - Post. More of it.")).text == (
        "Tea is up - Post. More of it."
    )
    assert one(repeated.format("Something else")).text == "Tea is up - Post\n\nSomething else"


def test_what_breaks_off_is_not_whole() -> None:
    whole = rss("<item><title>one</title></item><item><title>two</title></item>")
    assert read(whole).whole
    for place in (b"two", b"</title></item></channel>"):  # an id might have come after it
        broken = read(whole[: whole.index(place)])
        assert [mention.text for mention in broken.mentions] == ["one"]
    assert not broken.whole


def test_a_page_is_no_feed() -> None:
    with pytest.raises(BadPayloadError, match="is no feed") as caught:
        read(b"<!doctype html><html><title>News</title><p>Hello</p></html>", "text/html")
    assert "token" not in str(caught.value)
    with pytest.raises(BadPayloadError, match="more elements"):
        read(b"<a>" * 500_000)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    feed = rss("<item><title>one</title></item>")
    for body in (noise, feed[:90] + noise + feed[90:]):
        try:
            listing = read(body)
        except BadPayloadError:
            continue
        assert all(mention.text.strip() for mention in listing.mentions)


JSON_FEED = {"version": "https://jsonfeed.org/version/1", "title": "Notes", "items": []}


def read_json_items(*items: Any) -> list[Mention]:
    return list(read(orjson.dumps({**JSON_FEED, "items": items})).mentions)


def test_a_json_feed_is_read_as_any_other(krasae_data: Path) -> None:
    body = krasae_data / "recordings" / "feedparser" / "tests" / "json" / "example.json"
    listing = read(body.read_bytes(), "application/json")
    said = [(one.native_id, one.text, one.author, one.labels) for one in listing.mentions]
    assert said == [
        (
            "feeds.example:2",
            "post 2\n\nThis is a second item.",
            "My Example Feed",
            ("test", "JSON"),
        ),
        ("feeds.example:1", "Hello, world!", "you", ()),
    ]


def test_items_of_a_json_feed() -> None:
    [plain] = read_json_items({"id": 7, "content_text": "a <b> & c", "url": "https://a.example/7"})
    assert (plain.native_id, plain.text, plain.author) == ("feeds.example:7", "a <b> & c", "Notes")
    [dated] = read_json_items(
        {"id": "1", "title": "x", "date_published": "2026-11-24T10:00:00+07:00"}
    )
    assert dated.published_at == 1_795_489_200_000
    assert read_json_items({"id": "1"}, "text", None, 7) == []
    listing = read(b"\xef\xbb\xbf " + orjson.dumps({**JSON_FEED, "items": [{"title": "x"}, {}]}))
    assert (len(listing.mentions), listing.refused) == (1, 1)
    for other in ({"items": []}, {"version": "https://jsonfeed.org/version/1", "items": {}}):
        body = orjson.dumps(other)
        if "version" in other:
            assert read(body).mentions == ()
        else:
            with pytest.raises(BadPayloadError, match="is no feed"):
                read(body)


@pytest.mark.parametrize(
    ("head", "headers", "minutes"),
    [
        ("", {}, 0),
        ("<ttl>30</ttl>", {}, 30),
        ("<ttl>600</ttl>", {}, 60),
        ("<ttl>soon</ttl>", {}, 0),
        ("", {"cache-control": "public, Max-Age=1800", "age": "600"}, 20),
        ("", {"cache-control": "max-age=10", "age": "600"}, 0),
        ("", {"cache-control": "no-cache"}, 0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", {}, 60),
        (
            "<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            {},
            15,
        ),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            {},
            60,
        ),
        ("<ttl>5</ttl>", {"cache-control": "max-age=600"}, 10),
    ],
)
def test_a_feed_says_how_long_nothing_new_is_to_be_had(
    head: str, headers: dict[str, str], minutes: int
) -> None:
    name = b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    body = rss("<item><title>x</title></item>", head).replace(b"<rss ", name)
    page = Page(200, ADDRESS, body, headers)
    listing = parse_feed(page, ADDRESS, platform="rss", now=NOW)
    assert listing.rest == minutes * 60_000


def _context(queries: dict[str, str]) -> Context:
    return Context("news", Path(), "UTC", queries, lambda: NOW, lambda _: False)


def test_a_search_is_asked_as_news_searches_take_it() -> None:
    queries = {
        "bbq": '"Bar B Q" OR บาร์บีคิวพลาซ่า -giveaway',
        "apple": "apple iphone lang:th",
        "same": "apple iphone",
        "unasked": "lang:th",
    }
    options = FeedOptions(searches=("https://s.example/?q={query}",))
    source = connect(options, _context(queries))
    asked = [unquote_plus(str(place.address)) for place in source._places]  # type: ignore[attr-defined]
    assert asked == [
        'https://s.example/?q="bar b q" OR บาร์บีคิวพลาซ่า',
        "https://s.example/?q=apple iphone",
    ]
    source.close()


def test_a_long_query_becomes_several_searches() -> None:
    names = [f"brand{number:04}" for number in range(400)]
    options = FeedOptions(searches=("https://s.example/?q={query}",))
    source = connect(options, _context({"many": " OR ".join(names)}))
    places = [str(place.address) for place in source._places]  # type: ignore[attr-defined]
    assert len(places) > 4
    assert all(len(place) < 1500 for place in places)
    assert all(any(name in place for place in places) for name in names)
    source.close()
    with pytest.raises(SettingsError, match="no brand's query has any"):
        connect(options, _context({"all": "lang:th"}))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"addresses": []},
        {"addresses": ["feeds.example/rss"]},
        {"addresses": ["file:///etc/passwd"]},
        {"addresses": ["https://"]},
        {"searches": ["https://s.example/?q=tea"]},
        {"addresses": ["https://a.example"], "adresses": []},
        {"addresses": ["https://a.example"], "interval_seconds": 1},
    ],
)
def test_options_that_cannot_be_used(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FeedOptions.model_validate(options)
    assert SourceSettings(name="a", type="feeds", options=options)
