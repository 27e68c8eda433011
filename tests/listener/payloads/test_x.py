"""What X sends, read: posts, counts, rules, results; and when an hour stands out."""

import random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import BadPayloadError
from listener.model import DAY_MS, HOUR_MS, MentionKind
from listener.payloads.x import id_at, moment_of, parse_post, read_line, read_page
from listener.payloads.x_answers import (
    Rule,
    plan_rules,
    read_counts,
    read_job,
    read_own_posts,
    read_refused_rules,
    read_results,
    read_rules,
)
from listener.payloads.x_burst import CHANCE, chance_of, stands_out
from listener.payloads.x_cursor import State, recalled
from tests.recordings.replay import NOW

# The example of https://docs.x.com/x-api/fundamentals/post-cap, whose id and moment are known.
KNOWN_ID, KNOWN_MOMENT = 1578516068309794817, 1_665_182_533_057


def post(**more: Any) -> dict[str, Any]:
    return {"id": str(KNOWN_ID), "text": "iced tea", "author_id": "5", **more}


def read(value: dict[str, Any], users: Any = None, others: Any = None) -> Any:
    return parse_post(value, users or {}, others or {})


def test_an_id_holds_its_moment() -> None:
    assert abs(moment_of(KNOWN_ID) - KNOWN_MOMENT) < 1000
    assert moment_of(id_at(NOW)) == NOW
    assert moment_of(id_at(NOW) - 1) == NOW - 1
    assert id_at(0) == 0


def test_a_post_without_its_moment_has_that_of_its_id() -> None:
    assert read(post()).published_at == moment_of(KNOWN_ID)
    assert read(post(created_at="yesterday")).published_at == moment_of(KNOWN_ID)
    assert read(post(created_at="2022-10-07T22:42:13.000Z")).published_at == 1_665_182_533_000
    assert read(post(id="20")) is None, "from before ids held it"
    assert read(post(id="20", created_at="2006-03-21T20:50:14.000Z")).published_at > 0


@pytest.mark.parametrize("number", [None, 7, "", "x", "-1", "9" * 30, "๑๒"])
def test_a_post_without_a_sound_id_is_none(number: object) -> None:
    assert read(post(id=number)) is None


def test_a_repost_has_the_text_of_the_original_if_it_came_along() -> None:
    value = post(
        text="RT @a: the beginn…",
        referenced_tweets=[{"type": "retweeted", "id": "77"}],
        public_metrics={"retweet_count": 500, "like_count": 0},
    )
    found = read(value)
    assert (found.kind, found.reply_to) == (MentionKind.REPOST, "77")
    assert found.text == "RT @a: the beginn…"
    assert found.reposts is None, "those are the original's"
    original = {"id": "77", "text": "short…", "note_tweet": {"text": "the beginning and the end"}}
    assert read(value, others={"77": original}).text == "the beginning and the end"


def test_answers_and_quotes() -> None:
    both = [{"type": "quoted", "id": "8"}, {"type": "replied_to", "id": "9"}]
    assert read(post(referenced_tweets=both)).reply_to == "9"
    assert read(post(referenced_tweets=both)).kind is MentionKind.REPLY
    assert read(post(referenced_tweets=both[:1])).kind is MentionKind.POST


def test_entities_are_characters() -> None:
    assert read(post(text="tea &amp; toast &lt;3")).text == "tea & toast <3"


def test_an_edited_post_is_the_same_mention() -> None:
    found = read(post(edit_history_tweet_ids=["1578516068309794000", str(KNOWN_ID)]))
    assert found.native_id == "1578516068309794000"
    assert found.url.endswith(str(KNOWN_ID))


def test_the_author_is_a_name_where_it_came_along() -> None:
    users = {"5": {"id": "5", "username": "Nok_1", "public_metrics": {"followers_count": 12}}}
    found = read(post(), users)
    assert (found.author, found.followers) == ("Nok_1", 12)
    assert found.url == f"https://x.com/Nok_1/status/{KNOWN_ID}"
    without = read(post())
    assert (without.author, without.followers) == ("5", None)
    assert without.url == f"https://x.com/i/web/status/{KNOWN_ID}"
    strange = {"5": {"id": "5", "username": "a/../b"}}
    assert read(post(), strange).author == "5"


@pytest.mark.parametrize(
    ("said", "language"),
    [("th", "th"), ("in", "id"), ("qme", None), ("und", None), ("zh-TW", "zh"), (7, None)],
)
def test_languages(said: object, language: str | None) -> None:
    assert read(post(lang=said)).language == language


def test_a_page_counts_what_is_paid() -> None:
    body = orjson.dumps(
        {
            "data": [post(), post(id=str(KNOWN_ID + 5), text=""), "nothing"],
            "includes": {"users": [{"id": "5"}], "tweets": [{"id": "9"}, {"id": "10"}]},
            "meta": {"next_token": "on"},
            "errors": [{"detail": "Could not find user"}],
        }
    )
    page = read_page(body)
    assert (page.posts, page.users, page.others) == (3, 1, 2)
    assert (len(page.mentions), page.refused) == (1, 2)
    assert (page.newest, page.oldest, page.token) == (KNOWN_ID + 5, KNOWN_ID, "on")
    assert page.problem is None, "there are posts: what was said is of details"


def test_lines_of_the_stream() -> None:
    line = read_line(orjson.dumps({"data": post(), "matching_rules": [{"tag": "t"}, {"tag": 7}]}))
    assert line is not None
    assert (line.number, line.tags) == (KNOWN_ID, ("t",))
    ended = read_line(b'{"title":"ConnectionException","detail":"too many"}')
    assert ended is not None
    assert ended.problem == "X says: too many"
    assert read_line(b'{"data"') is None
    assert read_line(b"[]") is None
    assert read_line(b"{}") is None


FIELDS = (
    *("data", "id", "text", "includes", "users", "tweets", "meta", "errors", "tag", "type"),
    *("title", "note_tweet", "referenced_tweets", "public_metrics", "matching_rules"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(str(KNOWN_ID)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_read_or_refused(value: Any) -> None:
    try:
        body = orjson.dumps(value)
    except TypeError:  # an integer that JSON readers do not take
        return
    for reader in (
        read_page,
        read_line,
        read_counts,
        read_rules,
        read_refused_rules,
        read_job,
        lambda one: read_results(one, now=NOW),
        lambda one: read_own_posts(one, account="a", now=NOW),
    ):
        try:
            reader(body)
        except BadPayloadError:
            continue


RULES = st.lists(st.sampled_from("abcdef"), max_size=6)


@given(RULES, RULES, st.lists(st.tuples(st.sampled_from("abxy"), st.just("theirs")), max_size=3))
def test_rules_become_those_wanted_and_others_stay(
    ours: list[str], wanted: list[str], others: list[tuple[str, str]]
) -> None:
    values = [*((value, "theirs") for value, _ in others), *((value, "us") for value in ours)]
    known = [Rule(str(n), value, tag) for n, (value, tag) in enumerate(dict(values).items())]
    plan = plan_rules(known, wanted, tag="us")
    left = [rule for rule in known if rule.number not in plan.delete]
    after = [rule.value for rule in left] + list(plan.add)
    assert len(after) == len(set(after)), "X knows no rule twice"
    assert set(wanted) <= set(after)
    assert {rule.value for rule in left if rule.tag == "us"} <= set(wanted)
    assert [rule for rule in known if rule.tag != "us"] == [
        rule for rule in left if rule.tag != "us"
    ]
    assert {rule.tag for rule in left if rule.value in wanted} <= plan.tags


def days(hourly: int = 20, seed: int = 1, spread: float = 0.0) -> dict[int, int]:
    """Seven days of hours up to NOW, random as people are."""
    rng = random.Random(seed)
    hours: dict[int, int] = {}
    for number in range(168):
        if number % 24 == 0:
            level = rng.gammavariate(10, 0.1) if spread else 1.0
        mean = hourly * level * (0.5 + number % 24 / 24)
        hours[NOW - (168 - number) * HOUR_MS] = sum(rng.random() < mean / 100 for _ in range(100))
    return hours


LAST = NOW - HOUR_MS


def test_a_planted_burst_stands_out() -> None:
    hours = days()
    assert not stands_out(hours, LAST)
    assert stands_out({**hours, LAST: 120}, LAST)


def test_a_busy_hour_of_every_day_does_not() -> None:
    hours = dict.fromkeys(days(), 5)
    evenings = {start: 300 for start in hours if start % DAY_MS == LAST % DAY_MS}
    assert not stands_out({**hours, **evenings}, LAST)


def test_quiet_times_rarely_stand_out() -> None:
    found = sum(stands_out(days(8, seed, spread=1.0), LAST) for seed in range(100))
    assert found <= 2


def test_nothing_is_judged_on_little_and_nothing_by_what_came_later() -> None:
    hours = {**days(), LAST: 120}
    assert chance_of({start: n for start, n in hours.items() if start > NOW - DAY_MS}, LAST) is None
    assert chance_of(hours, NOW) is None
    later = dict.fromkeys(range(LAST + HOUR_MS, LAST + 9 * HOUR_MS, HOUR_MS), 9999)
    assert chance_of({**hours, **later}, LAST) == chance_of(hours, LAST)
    assert stands_out(dict.fromkeys(hours, 0) | {LAST: 5}, LAST)
    assert not stands_out(dict.fromkeys(hours, 0) | {LAST: 4}, LAST), "too few"


@given(st.integers(0, 400), st.integers(1, 100))
def test_more_posts_are_never_less_unusual(number: int, hourly: int) -> None:
    hours = {start: hourly + start // HOUR_MS % 3 for start in days()}
    chances = [chance_of({**hours, LAST: n}, LAST) for n in (number, number + 1)]
    assert chances[0] is not None
    assert chances[1] is not None
    assert 0 <= chances[1] <= chances[0] <= 1
    assert CHANCE < 1


def test_a_cursor_is_read_again() -> None:
    state = State(version=1)
    state.place("q").since = 7
    state.tell([5, 9, 8], above=6)
    again = recalled(state.cursor())
    assert again == state
    assert again.told == [8, 9]
    for other in (None, "", "{}", '{"version":2}', '{"version":1,"told":["x"]}'):
        assert recalled(other) == State(version=1)
