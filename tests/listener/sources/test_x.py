"""X, polled: tweepy, unmodified, against a server on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SettingsError,
    SourceAuthError,
    SourceDownError,
    SpendingCapError,
)
from listener.model import DAY_MS, HOUR_MS, Count, FoldingKind
from listener.payloads.x import id_at
from listener.source import Budget, PocketPurse
from tests.listener.collect.scripted import missing
from tests.listener.sources.x_desk import (
    CLOSED,
    COUNTS,
    SEARCH,
    TOKEN,
    Desk,
    Ledger,
    context,
    desk,
    iso,
    post,
    run,
    said,
    station,
)
from tests.recordings.loopback import Answer, Loopback, Request
from tests.recordings.replay import NOW

BURST = CLOSED - HOUR_MS  # the last hour that is over for more than two minutes
IN_BURST = [post(BURST + 60_000 * minute, minute) for minute in range(50)]


def test_counts_are_of_whole_hours_that_are_over() -> None:
    with desk() as x:
        found = station(x.server.url)
        heard = run(found, context(found))
    counts = [count for batch in heard.batches for count in batch.counts]
    assert counts[-1] == Count("x", "tea", BURST, CLOSED, x.hourly + BURST // HOUR_MS % 2)
    assert counts[0].since == CLOSED - 167 * HOUR_MS
    assert x.queries(COUNTS) == [{"granularity": "hour", "query": "iced tea"}]
    assert x.queries(SEARCH) == []


def test_an_hour_is_counted_once() -> None:
    with desk() as x:
        found = station(x.server.url)
        first = run(found, context(found))
        run(found, context(found, now=NOW + 60_000), first.cursor)
        assert len(x.queries(COUNTS)) == 1
        later = run(found, context(found, now=NOW + 180_000), first.cursor)
    assert [count.since for batch in later.batches for count in batch.counts] == [CLOSED]


def test_other_queries_of_a_brand_are_counted_anew() -> None:
    with desk() as x:
        found = station(x.server.url)
        first = run(found, context(found))
        other = run(found, context(found, queries={"tea": "hot tea"}), first.cursor)
    assert sum(len(batch.counts) for batch in other.batches) == 167


def test_counts_of_a_query_that_is_split_are_added_up() -> None:
    words = " OR ".join(f"verylongwordnumber{number}" for number in range(40))
    with desk() as x:
        found = station(x.server.url)
        heard = run(found, context(found, queries={"tea": words}))
        pieces = len(x.queries(COUNTS))
    counts = [count for batch in heard.batches for count in batch.counts]
    assert pieces > 1
    assert counts[-1].count == pieces * (x.hourly + BURST // HOUR_MS % 2)


def test_an_hour_that_stands_out_is_read_and_no_other() -> None:
    with desk(hours={BURST: 50}, posts=[*IN_BURST, post(NOW - DAY_MS, 99)]) as x:
        found = station(x.server.url)
        heard = run(found, context(found))
        again = run(found, context(found, now=NOW + 60_000), heard.cursor)
        (query,) = x.queries(SEARCH)
    assert heard.ids == [one["id"] for one in reversed(IN_BURST)]
    assert heard.mentions[0].author == f"u{IN_BURST[-1]['author_id']}"
    assert query["since_id"] == str(id_at(BURST) - 1)
    assert query["until_id"] == str(id_at(CLOSED))
    assert again.mentions == []


def test_what_is_read_of_an_hour_is_capped() -> None:
    with desk(hours={BURST: 50}, posts=IN_BURST, page=20) as x:
        found = station(x.server.url, evidence_posts=30)
        heard = run(found, context(found))
        sizes = [query["max_results"] for query in x.queries(SEARCH)]
    assert heard.ids == [one["id"] for one in reversed(IN_BURST)][:30]
    assert sizes == ["30", "10"]


def test_bursts_are_not_read_where_nobody_wants_to() -> None:
    with desk(hours={BURST: 50}, posts=IN_BURST) as x:
        found = station(x.server.url, evidence="never")
        assert run(found, context(found)).mentions == []
        assert x.queries(SEARCH) == []


def test_bursts_of_the_time_without_us_are_read() -> None:
    with desk(hours={BURST - 3 * HOUR_MS: 60}, posts=IN_BURST) as x:
        found = station(x.server.url)
        before = run(found, context(found, now=NOW - 5 * HOUR_MS))
        run(found, context(found), before.cursor)
        assert [query["since_id"] for query in x.queries(SEARCH)] == [
            str(id_at(BURST - 3 * HOUR_MS) - 1)
        ]


def test_a_sample_is_read_now_and_then_and_nothing_twice() -> None:
    posts = [post(NOW - minute * 60_000, minute) for minute in range(1, 40)]
    with desk(posts=posts) as x:
        found = station(x.server.url, sample=10, sample_hours=12)
        first = run(found, context(found))
        run(found, context(found, now=NOW + HOUR_MS), first.cursor)
        assert len(x.queries(SEARCH)) == 1
        x.posts = [*posts, post(NOW + HOUR_MS, 77)]
        second = run(found, context(found, now=NOW + 12 * HOUR_MS), first.cursor)
        assert x.queries(SEARCH)[1]["since_id"] == posts[0]["id"]
    assert first.ids == [one["id"] for one in posts[:10]]
    assert second.ids == [x.posts[-1]["id"]]


def everything(x: Desk, **more: Any) -> Any:
    return station(x.server.url, counts=False, evidence="always", evidence_posts=10_000, **more)


def test_all_posts_are_read_wherever_it_is_cut_and_none_twice() -> None:
    posts = [post(NOW - second * 1000, second) for second in range(250)]
    with desk(posts=posts) as x:
        found = everything(x)
        whole = run(found, context(found))
        assert len(whole.batches) == 4
        for cut in range(1, 4):
            before = run(found, context(found), batches=cut)
            x.server.asked.clear()
            # New posts shift the pages under the reader.
            x.posts = [*posts, *(post(NOW + second, second) for second in range(1, 131))]
            after = run(found, context(found, now=NOW + 1000), before.cursor)
            said_ids = before.ids + after.ids
            assert sorted(said_ids) == sorted(one["id"] for one in x.posts)
            paid = sum(int(query["max_results"]) for query in x.queries(SEARCH))
            assert paid <= 500
            x.posts = posts


def test_posts_that_shift_within_a_run_are_told_once() -> None:
    posts = [post(NOW - second * 1000, second) for second in range(150)]
    with desk(posts=posts) as x:
        whole = x.search

        def shifting(request: Request) -> Answer:
            answer = whole(request)
            x.posts = [post(NOW + len(x.posts), 5), *x.posts]
            return answer

        x.server.answers[SEARCH] = shifting
        heard = run(everything(x), context(everything(x)))
    assert sorted(heard.ids) == sorted(one["id"] for one in posts)


def test_an_empty_page_that_leads_on_is_followed() -> None:
    with desk(posts=[post(NOW - 1000)]) as x:
        whole, pages = x.search, []

        def first_empty(request: Request) -> Answer:
            pages.append(request)
            if len(pages) == 1:
                return said({"meta": {"result_count": 0, "next_token": "on"}})
            return whole(request)

        x.server.answers[SEARCH] = first_empty
        heard = run(everything(x), context(everything(x)))
        assert x.queries(SEARCH)[1]["next_token"] == "on"
    assert len(heard.mentions) == 1


def test_what_search_does_not_know_any_more_is_a_gap() -> None:
    with desk(posts=[post(NOW - 1000)]) as x:
        found = everything(x)
        first = run(found, context(found))
        later = run(found, context(found, now=NOW + 20 * DAY_MS), first.cursor)
    (gap,) = [gap for batch in later.batches for gap in batch.gaps]
    assert gap.since == NOW - 1000
    assert NOW + 12 * DAY_MS < gap.until < NOW + 14 * DAY_MS
    assert later.batches[-1].heard_until == NOW + 20 * DAY_MS
    assert missing(later.batches) == [(gap.since, gap.until)]


def test_each_request_is_in_the_purse() -> None:
    purses: list[Ledger] = []

    def purse(budget: Budget) -> Ledger:
        purses.append(Ledger(budget))
        return purses[-1]

    with desk(hours={BURST: 50}, posts=IN_BURST) as x:
        found = station(x.server.url, daily_usd=3.0, monthly_usd=40.0)
        run(found, context(found, purse=purse))
    (ledger,) = purses
    assert ledger._budget == Budget("X", "USD", 3_000_000, 40_000_000, "Asia/Bangkok")
    assert ledger.lines == [("recent counts", 5_000), ("recent search", 100 * 15_000)]
    assert ledger.costs == {0: 5_000, 1: 50 * 5_000 + 7 * 10_000}


def test_what_would_go_over_the_cap_is_not_asked_for() -> None:
    with desk(hours={BURST: 50}, posts=IN_BURST) as x:
        found = station(x.server.url, daily_usd=0.004)
        heard = run(found, context(found))
        assert x.server.asked == []
    assert isinstance(heard.error, SpendingCapError)
    assert heard.error.retry_at == NOW + 6 * HOUR_MS


def test_a_cap_stops_only_what_costs_too_much() -> None:
    with desk(hours={BURST: 50}, posts=IN_BURST) as x:
        found = station(x.server.url, daily_usd=0.15)
        heard = run(found, context(found))
        assert len(x.queries(COUNTS)) == 1
        assert x.queries(SEARCH) == []  # ten posts with authors are 0.15, and counts took 0.005
        richer = station(x.server.url, daily_usd=0.17)
        read = run(richer, context(richer), heard.cursor)
        (query,) = x.queries(SEARCH)
        assert query["max_results"] == "11"
    assert sum(len(batch.counts) for batch in heard.batches) == 167
    assert isinstance(heard.error, SpendingCapError)
    assert len(read.mentions) == 11


def test_a_refused_request_costs_nothing() -> None:
    spent: list[Ledger] = []

    def purse(budget: Budget) -> Ledger:
        spent.append(Ledger(budget))
        return spent[-1]

    with desk() as x:
        x.server.answers[COUNTS] = Answer(b"{}", 503)
        found = station(x.server.url)
        heard = run(found, context(found, purse=purse))
        assert len(x.queries(COUNTS)) == 1, "what is asked again is paid again"
    assert isinstance(heard.error, SourceDownError)
    assert spent[0].costs == {0: 0}


def test_the_reset_of_a_rate_limit_is_when_it_is_asked_again() -> None:
    reset = str((NOW + 600_000) // 1000)
    told = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    with desk() as x:
        x.server.answers[COUNTS] = Answer(
            b"{}", 429, {**told, "date": "Tue, 24 Nov 2026 12:00:00 GMT"}
        )
        found = station(x.server.url)
        heard = run(found, context(found))
    assert isinstance(heard.error, RateLimitedError)
    assert heard.error.retry_at == NOW + 600_000


def test_one_brand_that_fails_does_not_silence_the_other() -> None:
    with desk() as x:
        whole = x.counts

        def picky(request: Request) -> Answer:
            return Answer(b"{}", 400) if "apple" in request.path else whole(request)

        x.server.answers[COUNTS] = picky
        found = station(x.server.url)
        heard = run(found, context(found, queries={"apple": "apple", "tea": "tea"}))
    assert {count.brand for batch in heard.batches for count in batch.counts} == {"tea"}
    assert "does not accept what we ask (400)" in heard.problems[0]


def test_what_x_says_instead_of_posts_is_told() -> None:
    complaint = {"errors": [{"title": "Not Found Error", "detail": "Could not find it"}]}
    with desk() as x:
        x.server.answers[SEARCH] = said(complaint)
        found = everything(x)
        heard = run(found, context(found))
    assert heard.problems == ["X says: Could not find it"]


def test_secrets_are_nowhere() -> None:
    with desk(posts=[post(NOW - 1000)]) as x:
        for status in (200, 401):
            x.server.answers[COUNTS] = Answer(TOKEN.encode(), status)
            found = station(x.server.url)
            heard = run(found, context(found))
            assert x.server.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
            assert TOKEN not in str(heard.error) + repr(found)
    assert isinstance(heard.error, SourceAuthError)


KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


def account(x: Desk, posts: Sequence[Any], mentions: Sequence[Any] = ()) -> None:
    x.server.answers["/2/users/by/username/mybrand"] = said({"data": {"id": "42"}})
    x.server.answers["/2/users/42/mentions"] = said({"data": list(mentions), "meta": {}})
    x.server.answers["/2/users/42/tweets"] = said({"data": list(posts), "meta": {}})


def test_our_own_posts_have_their_numbers() -> None:
    ours = post(
        NOW - HOUR_MS,
        public_metrics={"like_count": 7, "retweet_count": 2, "impression_count": 900},
        non_public_metrics={"impression_count": 950, "url_link_clicks": 31},
    )
    with desk() as x:
        account(x, [ours], [post(NOW - 1000, 3, "hello @mybrand")])
        found = station(
            x.server.url, account="@mybrand", **{key: SecretStr(f"{key}-s") for key in KEYS}
        )
        heard = run(found, context(found))
        (own,) = [one for batch in heard.batches for one in batch.own_posts]
        (request,) = [one for one in x.server.asked if "/42/tweets" in one.path]
        again = run(found, context(found, now=NOW + HOUR_MS), heard.cursor)
        assert x.server.paths.count("/2/users/by/username/mybrand") == 1
    assert dict(own.metrics) == {
        "likes": 7,
        "reposts": 2,
        "impressions": 950,
        "clicks": 31,
    }
    assert own.url == f"https://x.com/mybrand/status/{ours['id']}"
    assert own.at == NOW
    assert [mention.text for mention in heard.mentions] == ["hello @mybrand"]
    assert request.headers["authorization"].startswith("OAuth oauth_nonce=")
    assert "non_public_metrics" in request.path
    assert f"since_id={id_at(NOW - 30 * DAY_MS)}" in request.path
    later = [one.path for one in x.server.asked if "/42/tweets" in one.path][-1]
    assert f"since_id={id_at(NOW + HOUR_MS - 2 * DAY_MS)}" in later
    assert again.mentions == [], "told already"


def test_an_account_that_is_not_there() -> None:
    with desk() as x:
        x.server.answers["/2/users/by/username/nobody"] = said(
            {"errors": [{"detail": "Could not find user"}]}
        )
        found = station(x.server.url, account="nobody")
        heard = run(found, context(found))
    assert "There is no account nobody at X." in heard.problems[0]
    assert any(batch.counts for batch in heard.batches)


@dataclass
class Stored:
    """What is known of X."""

    ids: Sequence[str]

    def after(self, platform: str, native_id: str, most: int) -> Sequence[str]:
        assert platform == "x"
        return [one for one in sorted(self.ids) if one > native_id][:most]


def jobs(server: Loopback, upload: str, status: list[str]) -> None:
    job = {"id": "77", "upload_url": upload, "download_url": f"{server.url}/results"}
    server.answers["POST /2/compliance/jobs"] = said({"data": {**job, "status": "created"}})
    server.answers["/2/compliance/jobs/77"] = lambda _: said({"data": {**job, "status": status[0]}})
    server.answers["PUT /ids"] = Answer()


def test_what_is_gone_from_x_is_erased() -> None:
    results = b"\n".join(
        orjson.dumps(line)
        for line in (
            {"id": "111", "action": "delete", "reason": "deleted", "redacted_at": iso(NOW - 5000)},
            {"id": "222", "action": "delete", "reason": "suspended"},
            {"id": "333", "action": "delete", "reason": "scrub_geo"},
            {"id": "no number"},
        )
    )
    status = ["in_progress"]
    with desk() as x:
        jobs(x.server, f"{x.server.url}/ids", status)
        x.server.answers["/results"] = Answer(results + b"\n{")
        found = station(x.server.url)
        known = Stored(["111", "222", "333", "a row of a file"])
        begun = run(found, context(found, known=known))
        (sent,) = [one for one in x.server.asked if one.path == "PUT /ids"]
        waiting = run(found, context(found, now=NOW + HOUR_MS, known=known), begun.cursor)
        status[0] = "complete"
        ended = run(found, context(found, now=NOW + 2 * HOUR_MS, known=known), waiting.cursor)
        quiet = run(found, context(found, now=NOW + 3 * HOUR_MS, known=known), ended.cursor)
        made = x.server.paths.count("POST /2/compliance/jobs")
        run(found, context(found, now=NOW + DAY_MS, known=known), quiet.cursor)
        assert x.server.paths.count("POST /2/compliance/jobs") == made + 1 == 2
    assert sent.body == b"111\n222\n333"
    assert "authorization" not in sent.headers
    assert [folding for batch in waiting.batches for folding in batch.foldings] == []
    gone = [folding for batch in ended.batches for folding in batch.foldings]
    assert [(one.kind, one.native_id) for one in gone] == [
        (FoldingKind.DELETE, "111"),
        (FoldingKind.DELETE, "222"),
    ]
    assert gone[0].at == (NOW - 5000) // 1000 * 1000
    assert sum(batch.refused for batch in ended.batches) == 2


@pytest.mark.parametrize(
    "place", ["http://10.0.0.7/ids", "https://169.254.169.254/x", "", "ftp://x"]
)
def test_ids_go_nowhere_that_is_not_safe(place: str) -> None:
    with desk() as x:
        jobs(x.server, place, ["created"])
        found = station(x.server.url)
        heard = run(found, context(found, known=Stored(["111"])))
    assert "sends us to an address that is not safe" in heard.problems[0]
    assert any(batch.counts for batch in heard.batches)


def test_a_job_that_failed_is_begun_again() -> None:
    with desk() as x:
        jobs(x.server, f"{x.server.url}/ids", ["failed"])
        found = station(x.server.url)
        known = Stored(["111"])
        begun = run(found, context(found, known=known))
        failed = run(found, context(found, now=NOW + HOUR_MS, known=known), begun.cursor)
        assert failed.problems == ["X did not finish a compliance job."]
        run(found, context(found, now=NOW + DAY_MS, known=known), failed.cursor)
        assert x.server.paths.count("POST /2/compliance/jobs") == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bearer_token": "plain"}, "it is a secret"),
        ({"sample": 5}, "a sample of 0 or of 10 to 100"),
        ({"consumer_key": SecretStr("k")}, "all four or none"),
        ({"counts": False, "evidence": "never"}, "expected counts, stream"),
        ({"account": "no name"}, "account"),
        ({"prices": {"posts": 1}}, "prices.posts"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        station("http://127.0.0.1:1", **options)


def test_a_source_needs_something_to_ask() -> None:
    found = station("http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="no brand's query"):
        run(found, context(found, queries={"any": "platform:bluesky"}))


def test_credit_that_is_used_up_is_a_cap() -> None:
    with desk() as x:
        x.server.answers[COUNTS] = Answer(b'{"title":"CreditsDepleted"}', 402)
        found = station(x.server.url)
        heard = run(found, context(found))
    assert isinstance(heard.error, SpendingCapError)
    assert "wants to be paid" in heard.error.message


def test_queries_that_are_gone_are_forgotten() -> None:
    with desk(posts=[post(NOW - 1000)]) as x:
        found = station(x.server.url, sample=10)
        first = run(found, context(found))
        second = run(found, context(found, queries={"b": "other"}), first.cursor)
    state = orjson.loads(second.cursor)
    assert list(state["counted"]) == ["b"]
    assert len(state["places"]) == 1


def test_what_posts_refer_to_is_read_and_paid_where_that_is_wanted() -> None:
    repost = post(NOW - 1000, text="RT @a: iced…")
    repost["referenced_tweets"] = [{"type": "retweeted", "id": "77"}]
    spent: list[Ledger] = []

    def purse(budget: Budget) -> Ledger:
        spent.append(Ledger(budget))
        return spent[-1]

    with desk() as x:
        original = {"id": "77", "text": "iced tea for everybody"}
        page = {"data": [repost], "includes": {"tweets": [original]}, "meta": {}}
        x.server.answers[SEARCH] = said(page)
        found = everything(x, originals=True, authors=False)
        heard = run(found, context(found, purse=purse))
        (query,) = x.queries(SEARCH)
    assert query["expansions"] == "referenced_tweets.id"
    assert [mention.text for mention in heard.mentions] == ["iced tea for everybody"]
    assert spent[0].lines == [("recent search", 100 * 15_000)]
    assert spent[0].costs == {0: 2 * 5_000}


@pytest.mark.parametrize("place", ["https://127.0.0.1/ids", "https://10.1.2.3/", "http://8.8.8.8/"])
def test_x_itself_does_not_send_us_to_this_machine(place: str) -> None:
    from listener.fetch.x import Api, Fields, Prices

    found = station("https://8.8.8.8")  # nobody is asked there
    told = context(found)
    free = Prices(0, 0, 0, 0, 0)
    purse = PocketPurse(Budget("X", "USD"))
    api = Api("https://8.8.8.8", SecretStr(TOKEN), None, Fields(False, False), free, purse, told)
    with pytest.raises(BadPayloadError, match="not safe"):
        api.upload(place, b"111")
    api.close()
