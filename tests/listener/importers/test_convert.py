"""Rows into mentions: what each field takes, what is refused, what ids are made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.importers import Refusal, load_profile, read_mentions
from listener.importers.profile import checked
from listener.importers.reading import Reading
from listener.model import DAY_MS, Mention, MentionKind
from listener.store import AuthorKey

Reader = Callable[..., Any]
NOW = 1_767_225_600_000
ALL = {
    "text": "text",
    "published_at": "time",
    "native_id": "id",
    "platform": "platform",
    "author": "author",
    "followers": "followers",
    "kind": "kind",
    "url": "url",
    "reply_to": "reply_to",
    "language": "language",
    "likes": "likes",
    "reposts": "reposts",
    "replies": "replies",
    "views": "views",
    "labels": "labels",
}


def rows(folder: Path, *values: dict[str, Any]) -> Path:
    path = folder / "posts.jsonl"
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), "utf-8")
    return path


@pytest.fixture
def one(tmp_path: Path) -> Callable[..., Any]:
    """Convert one row; text and time are given unless said otherwise."""

    def convert(by: dict[str, Any] | None = None, **values: Any) -> Any:
        profile = checked({"columns": ALL, **(by or {})}, where="test")
        path = rows(tmp_path, {"text": "a", "time": 1_388_531_408, **values})
        (result,) = read_mentions(path, profile, timezone="UTC", now=NOW)
        return result

    return convert


def test_every_field(one: Callable[..., Any]) -> None:
    mention = one(
        id=7,
        platform="Twitter",
        author="@somchai",
        followers="1.2K",
        kind="Retweet",
        url="https://x.com/a/status/7",
        reply_to="6",
        language="ไทย",
        likes="1,234",
        reposts=5,
        replies="-",
        views=None,
        labels=["a", "b", "a", ""],
    )
    assert mention == Mention(
        platform="x",
        native_id="7",
        published_at=1_388_531_408_000,
        text="a",
        author="somchai",
        followers=1200,
        kind=MentionKind.REPOST,
        url="https://x.com/a/status/7",
        reply_to="6",
        language="th",
        likes=1234,
        reposts=5,
        replies=None,
        views=None,
        labels=("a", "b"),
    )


@pytest.mark.parametrize(
    ("given", "platform"),
    [("X (Twitter)", "x"), ("ทวิตเตอร์", "x"), ("Pantip.com", "pantip"), ("My  Forum", "my-forum"),
     (None, "import"), ("", "import"), (["x"], "import")],
)  # fmt: skip
def test_platforms(one: Callable[..., Any], given: Any, platform: str) -> None:
    assert one(platform=given).platform == platform


def test_a_platform_that_is_stated_fills_in(one: Callable[..., Any]) -> None:
    assert one({"platform": "pantip"}).platform == "pantip"
    assert one({"platform": "pantip"}, platform="Facebook").platform == "facebook"


@pytest.mark.parametrize(
    ("given", "kind"),
    [("RT", "repost"), ("ความคิดเห็น", "comment"), ("Video", "post"), ("?", "review"), (None, "post"),
     (1, "post"), (True, "post")],
)  # fmt: skip
def test_kinds(one: Callable[..., Any], given: Any, kind: str) -> None:
    assert one({"kinds": {"?": "review"}}, kind=given).kind.value == kind


@pytest.mark.parametrize(
    ("given", "kind"), [(1, "repost"), ("true", "repost"), (0, "post"), (None, "post")]
)
def test_a_column_that_says_yes(one: Callable[..., Any], given: Any, kind: str) -> None:
    columns = {**ALL, "kind": "is_retweet"}
    assert one({"columns": columns}, is_retweet=given).kind.value == kind


def test_a_count_that_is_none_is_left_empty_and_noted(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        {"text": "a", "time": 1_388_531_408, "likes": "many", "followers": 2**63, "url": "ftp://x"},
    )
    profile = checked({"columns": ALL}, where="test")
    with Reading(path, profile, timezone="UTC", now=NOW) as reading:
        (mention,) = list(reading)
        assert isinstance(mention, Mention)
        assert (mention.likes, mention.followers, mention.url) == (None, None, None)
        assert reading.notes == {
            "likes is not a whole number, left empty": 1,
            "followers is too large, left empty": 1,
            "url is not a web address, left empty": 1,
        }


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,<b>", "https://a\nb", 'https://a"onclick="']
)
def test_a_link_is_http_or_nothing(one: Callable[..., Any], address: str) -> None:
    assert one(url=address).url is None


def test_addresses_made_of_ids(one: Callable[..., Any]) -> None:
    by = {"url": "https://e.org/{native_id}"}
    assert one(by, id="a/b c").url == "https://e.org/a/b%20c"
    assert one(by, id="7", url="https://own.org").url == "https://own.org"
    assert one(by).url is None


def test_texts_of_several_columns(one: Callable[..., Any]) -> None:
    by = {
        "columns": {**ALL, "text": ["title", "text"]},
        "text": {"entities": "title", "html": "text", "ignore": ["[removed]"]},
    }
    assert one(by, title="Q &amp; A", text="<p>a<p>b").text == "Q & A\n\na\n\nb"
    assert one(by, title="same", text="same").text == "same"
    assert one(by, title="T", text="[removed]").text == "T"
    assert one(by, title=None, text="[removed]").code == "no-text"
    assert one(by, title="&nbsp;", text=None).code == "no-text"
    assert one({**by, "text": {"join": " | "}}, title="a &amp; b", text="c").text == "a &amp; b | c"


def test_labels(one: Callable[..., Any]) -> None:
    assert one(labels="a, b").labels == ("a, b",)
    assert one({"label_separator": ",", "labels": ["all"]}, labels="a, b,").labels == (
        "all",
        "a",
        "b",
    )
    assert one({"columns": {**ALL, "labels": ["p", "q"]}}, p=1, q=["x", {"y": 1}]).labels == (
        "1",
        "x",
    )
    assert len(one(labels=[str(n) for n in range(99)]).labels) == 50


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"text": None}, "no-text"),
        ({"text": " \u200b\ufeff"}, "no-text"),
        ({"time": None}, "no-time"),
        ({"time": " "}, "no-time"),
        ({"time": "tomorrow"}, "bad-time"),
        ({"time": NOW + DAY_MS + 1}, "future"),
        ({"time": "9999-12-31"}, "future"),
        ({"time": "31/12/57"}, "future"),
        ({"time": 0}, "too-old"),
        ({"time": -(10**18)}, "too-old"),
        ({"time": 1e300}, "bad-time"),
    ],
)
def test_refusals(one: Callable[..., Any], values: dict[str, Any], code: str) -> None:
    refusal = one(**values)
    assert isinstance(refusal, Refusal)
    assert (refusal.row, refusal.code) == (1, code)
    assert refusal.reason and refusal.remedy
    assert isinstance(refusal.values, dict)


def test_a_day_ahead_is_let_pass(one: Callable[..., Any]) -> None:
    assert one(time=NOW + DAY_MS).published_at == NOW + DAY_MS


def test_made_ids_are_stable_and_tell_nothing_of_the_author(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        {"text": "same words", "time": 1_388_531_408, "author": "somchai"},
        {"text": "same words", "time": 1_388_531_408, "author": "somying"},
        {"text": "same words", "time": 1_388_531_409, "author": "somchai"},
        {"text": "other words", "time": 1_388_531_408, "author": "somchai"},
        {"text": "same words", "time": "2013-12-31T23:10:08Z", "author": "@somchai"},
    )
    profile = checked({"columns": ALL}, where="test")

    def ids(key: AuthorKey | None) -> list[str]:
        found = read_mentions(path, profile, timezone="UTC", now=NOW, key=key)
        return [mention.native_id for mention in found if isinstance(mention, Mention)]

    first, second = AuthorKey("one key for the tests"), AuthorKey("another for the tests")
    assert len(set(ids(first)[:4])) == 4
    assert ids(first)[0] == ids(first)[4]
    assert ids(first) == ids(AuthorKey("one key for the tests"))
    assert set(ids(first)).isdisjoint(ids(second))
    assert set(ids(first)).isdisjoint(ids(None))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.fixed_dictionaries(dict.fromkeys(ALL.values(), anything)))
def test_any_row_is_a_mention_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]
) -> None:
    path = rows(tmp_path_factory.mktemp("any"), {**row, "text": "a", "time": 1_388_531_408}, row)
    profile = checked({"columns": ALL, "url": "https://e.org/{native_id}"}, where="test")
    found = list(read_mentions(path, profile, timezone="Asia/Bangkok", now=NOW))
    assert len(found) == 2
    assert isinstance(found[0], Mention)
    for mention in found:
        if isinstance(mention, Mention):
            assert mention.text and mention.native_id and mention.platform
            for value in (mention.likes, mention.followers):
                assert value is None or -(2**63) <= value < 2**63


SHIPPED = {
    "stocknet": ("stocknet/tweets_2014.jsonl.gz", 51_142, 0),
    "hackernews": ("hackernews/stories_2016_2018.jsonl.gz", 120_832, 97),
    "reddit": ("reddit/posts_20_subreddits.jsonl.gz", 12_000, 0),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles_on_whole_files(krasae_data: Path, name: str) -> None:
    file, expected, refused = SHIPPED[name]
    read = refusals = marked_up = 0
    for taken in read_mentions(krasae_data / file, load_profile(name), timezone="UTC", now=NOW):
        read += 1
        if isinstance(taken, Refusal):
            refusals += 1
            assert taken.code == "no-text"
        else:
            assert taken.url
            marked_up += "&amp;" in taken.text or "<p>" in taken.text
            assert not taken.native_id.startswith("~")
    assert (read, refusals) == (expected, refused)
    assert marked_up < 20  # people who write about HTML, and tweets that were encoded twice


def test_the_stocknet_form(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        {"created_at": "2013-12-31T23:10:08Z", "id": 418157151946035200, "ticker": "AAPL",
         "user_id": 1864753100, "followers": 6, "lang": "en", "is_rt": 1,
         "text": "RT @a: S&amp;P &gt; $AAPL"},
    )  # fmt: skip
    (mention,) = read_mentions(path, load_profile("stocknet"), timezone="Asia/Bangkok", now=NOW)
    assert mention == Mention(
        platform="x",
        native_id="418157151946035200",
        published_at=1_388_531_408_000,
        text="RT @a: S&P > $AAPL",
        author="1864753100",
        followers=6,
        kind=MentionKind.REPOST,
        url="https://x.com/i/status/418157151946035200",
        language="en",
        labels=("AAPL",),
    )


def test_the_hacker_news_form(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        {"id": 11000289, "time": 1454122784, "title": "Ask HN: A &lt; B?", "by": "jacobolus",
         "score": 11, "descendants": 1, "url": None, "text": "it&#x27;s<p>so\u0085\u2028"},
    )  # fmt: skip
    (mention,) = read_mentions(path, load_profile("hackernews"), timezone="UTC", now=NOW)
    assert mention == Mention(
        platform="hackernews",
        native_id="11000289",
        published_at=1_454_122_784_000,
        text="Ask HN: A < B?\n\nit's\n\nso",
        author="jacobolus",
        url="https://news.ycombinator.com/item?id=11000289",
        likes=11,
        replies=1,
    )


def test_the_reddit_form(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        {"created_utc": 1325460772, "subreddit": "NetflixBestOf", "id": "nz2eh",
         "title": "Tucker &amp; Dale", "selftext": "[removed]", "score": "400",
         "num_comments": "31", "domain": "movies.netflix.com"},
    )  # fmt: skip
    (mention,) = read_mentions(path, load_profile("reddit"), timezone="UTC", now=NOW)
    assert mention == Mention(
        platform="reddit",
        native_id="nz2eh",
        published_at=1_325_460_772_000,
        text="Tucker & Dale",
        url="https://www.reddit.com/comments/nz2eh",
        likes=400,
        replies=31,
        labels=("NetflixBestOf",),
    )
