"""What Facebook and Instagram have in common: the webhook's door, usage, values."""

import hashlib
import hmac
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from listener.payloads import facebook, instagram
from listener.payloads.meta import answered, changes, insights, moment, usage
from listener.source import Call, Reply

SECRET = SecretStr("the app's secret")
WORD = SecretStr("the word agreed upon")


def asked(query: dict[str, str], word: SecretStr | None = WORD) -> Reply:
    return answered(Call("GET", {}, query, b""), app_secret=SECRET, verify_token=word)


def posted(body: bytes, signature: str | None, secret: SecretStr | None = SECRET) -> Reply:
    headers = {} if signature is None else {"x-hub-signature-256": signature}
    return answered(Call("POST", headers, {}, body), app_secret=secret, verify_token=WORD)


def hello(**changed: str) -> dict[str, str]:
    said = {"mode": "subscribe", "challenge": "1158201444", "verify_token": WORD.get_secret_value()}
    return {f"hub.{name}": text for name, text in {**said, **changed}.items()}


def signed(body: bytes, secret: SecretStr = SECRET) -> str:
    key = secret.get_secret_value().encode()
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def test_who_knows_the_word_gets_the_challenge_back() -> None:
    assert asked(hello()) == Reply(200, "1158201444")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"verify_token": "a guess"}, 403),
        ({"verify_token": ""}, 403),
        ({"verify_token": "คำ\ud800"}, 403),
        ({"mode": "unsubscribe"}, 403),
        ({"challenge": "<script>alert(1)</script>"}, 400),
        ({"challenge": "1\r\nset-cookie: a=b"}, 400),
        ({"challenge": "1158201444\n"}, 400),
        ({"challenge": "9" * 257}, 400),
        ({"challenge": ""}, 400),
    ],
)
def test_nothing_else_is_said_back(changed: dict[str, str], status: int) -> None:
    reply = asked(hello(**changed))
    assert reply.status == status
    assert not reply.keep
    assert "<" not in reply.body
    assert "set-cookie" not in reply.body


def test_without_a_word_nobody_is_believed() -> None:
    assert asked(hello(), word=None).status == 403
    assert asked({}, word=SecretStr("")).status == 403
    assert asked({}).status == 403


@given(st.binary(max_size=200))
def test_what_is_signed_is_kept_byte_for_byte(body: bytes) -> None:
    assert posted(body, signed(body)) == Reply(200, keep=True)
    assert posted(body + b" ", signed(body)).status == 401


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        signed(b"{}").removeprefix("sha256="),
        signed(b"{}").upper(),
        signed(b"{}", SecretStr("another")),
        "sha1=" + hmac.new(SECRET.get_secret_value().encode(), b"{}", "sha1").hexdigest(),
        "sha256=ลายเซ็น",
    ],
)
def test_what_is_not_signed_is_not_kept(signature: str | None) -> None:
    reply = posted(b"{}", signature)
    assert reply.status == 401
    assert not reply.keep


def test_without_the_secret_nothing_is_kept() -> None:
    assert posted(b"{}", signed(b"{}"), secret=None).status == 403
    assert answered(Call("PUT", {}, {}, b""), app_secret=SECRET, verify_token=WORD).status == 405


def body(*entries: Any, kind: str = "page") -> bytes:
    return orjson.dumps({"object": kind, "entry": list(entries)})


def test_changes_of_several_entries_in_order() -> None:
    one = {"id": "7", "time": 1_795_518_000, "changes": [{"field": "a", "value": 1}]}
    two = {"id": "8", "time": 1, "changes": [{"field": "other", "value": 0}]}
    three = {"id": "7", "changes": [{"field": "b", "value": 2}, {"field": "c"}]}
    found, refused = changes(body(one, two, three), "page", "7")
    assert [(one.field, one.value, one.at) for one in found] == [
        ("a", 1, 1_795_518_000_000),
        ("b", 2, None),
        ("c", None, None),
    ]
    assert refused == 0
    assert changes(body(one, kind="instagram"), "page", "7") == ([], 0)


@pytest.mark.parametrize(
    "told", [b"", b"\xff", b"[]", b"{}", b'{"object":"page"}', b'{"object":"page","entry":{}}']
)
def test_a_body_that_cannot_be_read_is_counted(told: bytes) -> None:
    assert changes(told, "page", "7") == ([], 1)


def test_what_can_be_read_beside_what_cannot() -> None:
    good = {"id": "7", "changes": [{"field": "a", "value": 1}, "nonsense"]}
    found, refused = changes(body(None, {"id": "7", "changes": 3}, good), "page", "7")
    assert [one.field for one in found] == ["a"]
    assert refused == 3


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (0, 0)),
        ({"x-app-usage": '{"call_count":28,"total_time":97,"total_cputime":25}'}, (97, 0)),
        ({"x-page-usage": '{"call_count":96.5}'}, (96.5, 0)),
        (
            {
                "x-business-use-case-usage": '{"1":[{"type":"pages","call_count":100,'
                '"total_cputime":1,"total_time":2,"estimated_time_to_regain_access":19}],'
                '"2":[{"type":"instagram","call_count":3}]}'
            },
            (100, 19),
        ),
        ({"x-app-usage": "nonsense", "x-page-usage": '{"call_count":5}'}, (5, 0)),
        ({"x-app-usage": '{"call_count":"many","total_time":null,"total_cputime":-1}'}, (0, 0)),
        ({"x-app-usage": "[1]", "x-business-use-case-usage": '{"1":{},"2":[3]}'}, (0, 0)),
    ],
)
def test_how_much_is_used_up(headers: dict[str, str], expected: tuple[float, float]) -> None:
    assert usage(headers) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-24T10:00:00+0000", 1_795_514_400_000),
        ("2026-11-24T17:00:00+0700", 1_795_514_400_000),
        ("2026-11-24T10:00:00Z", 1_795_514_400_000),
        (1_795_514_400, 1_795_514_400_000),
        (1_795_514_400_000, 1_795_514_400_000),
        ("yesterday", None),
        ("", None),
        (0, None),
        (True, None),
        (10**30, None),
        (None, None),
        ({}, None),
    ],
)
def test_times(value: object, expected: int | None) -> None:
    assert moment(value) == expected


def test_insights_are_lifetime_numbers_that_were_asked_for() -> None:
    told = [
        {"name": "reach", "period": "day", "values": [{"value": 1}]},
        {"name": "reach", "period": "lifetime", "values": [{"value": 2}]},
        {"name": "views", "total_value": {"value": 3}},
        {"name": "saved", "period": "lifetime", "values": []},
        {"name": "by_type", "period": "lifetime", "values": [{"value": {"like": 4}}]},
        {"name": "unasked", "period": "lifetime", "values": [{"value": 5}]},
        "nonsense",
    ]
    names = {"reach": "reach", "views": "impressions", "saved": "saves", "by_type": "likes"}
    assert insights({"insights": {"data": told}}, names) == {"reach": 2, "impressions": 3}
    assert insights({"insights": []}, names) == {}


NAMES = [
    "id",
    "message",
    "text",
    "caption",
    "from",
    "username",
    "created_time",
    "timestamp",
    "permalink_url",
    "permalink",
    "parent",
    "parent_id",
    "comments",
    "reactions",
    "summary",
    "total_count",
    "shares",
    "count",
    "insights",
    "data",
    "replies",
    "item",
    "verb",
    "comment_id",
    "post_id",
    "media",
    "media_id",
    "like_count",
    "post",
]
LEAVES = st.none() | st.booleans() | st.integers(-1, 2**62) | st.text(max_size=5) | st.just("add")
NODES = st.recursive(
    LEAVES | st.just("comment") | st.just("2026-11-24T10:00:00+0000"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), NODES), st.sampled_from(["feed", "comments"]))
def test_whatever_is_sent_is_read_or_left_alone(node: dict[str, Any], what: str) -> None:
    found = [
        facebook.parse_post(node, label="a"),
        facebook.parse_comment(node, post="1", label="a"),
        instagram.parse_media(node, label="a"),
        *(
            instagram.parse_comment(one, media="1", label="a")
            for one in instagram.thread({"replies": node, **node})
        ),
    ]
    facebook.own_post(node, page="7", at=1, names={"id": "reach"})
    instagram.own_post(node, account="7", at=1, names={"id": "reach"})
    entry = {"id": "7", "changes": [{"field": what, "value": node}]}
    found += facebook.delivered(body(entry), page="7", label="a", at=1).mentions
    sent = body(entry, kind="instagram")
    found += instagram.delivered(sent, account="7", name="", label="a", at=1).comments
    for mention in found:
        assert mention is None or mention.text.strip()
