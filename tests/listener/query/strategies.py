"""Texts and queries for property tests: Thai, English, emoji, and what people do to them."""

from hypothesis import strategies as st

from listener.query.document import Document
from listener.query.normalise import fold
from listener.query.tree import (
    Cashtag,
    Field,
    Followers,
    Handle,
    Hashtag,
    HasLink,
    Near,
    Node,
    Not,
    Term,
    all_of,
    any_of,
    asks_for_something,
)

WORDS = (
    "apple", "Apple", "APPLE", "pineapple", "apples", "iPhone", "iphone6", "late", "delivery",
    "so", "soo", "sooooo", "good", "goood", "yesss", "a", "AA", "AAAA", "AT&T", "AT&amp;T", "café",
    "cafe", "cafe\u0301", "CAFÉ", "ａｐｐｌｅ", "𝐚𝐩𝐩𝐥𝐞", "McDonald's", "McDonald’s", "Straße",
    "und",
    "ดี", "ดีมาก", "ดีี", "มาก", "มากกกก", "เท", "เท่", "ส่ง", "ช้า", "ส่งช้า", "น้ำ", "นํ้า", "น้ํา", "แม่",
    "เเม่",
    "บาร์บีคิว", "บาร์บีคิวพลาซ่า", "กก", "กกก", "ก", "๙", "9", "55555", "www",
    "👍", "👍🏽", "❤️", "❤", "👩‍👩‍👧", "寿司", "がんばれ", "한국", "Привет",
    "#apple", "#appleevent", "#ดี", "$AAPL", "$AA", "@barbq", "@barbq_th", "a@barbq.com",
    "https://t.co/x", "www.apple.com", "ok.", "(ok)", '"', "'", "-", "x" * 40,
)  # fmt: skip
JOINTS = ("", "", " ", " ", "  ", "\n", "\u200b", "\u00ad", ", ", "_", "\u0e48", "\ufe0f", "\u00a0")


@st.composite
def _texts(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=9))
    return "".join(word + draw(st.sampled_from(JOINTS)) for word in words)


texts = _texts()
documents = st.builds(
    Document,
    text=texts,
    platform=st.sampled_from(("x", "pantip", "X")),
    language=st.sampled_from((None, "th", "en", "mixed", "en-US", "und")),
    followers=st.none() | st.integers(0, 3),
    labels=st.lists(st.sampled_from(("AAPL", "News", "ข่าว")), max_size=2).map(tuple),
    kind=st.sampled_from(("post", "reply")),
)

_PLAIN = tuple(word for word in WORDS if word[0] not in "#$@")
# Words from texts, so that queries find something, and anything else that can be looked for.
_sought = (
    st.sampled_from(_PLAIN)
    | st.tuples(st.sampled_from(_PLAIN), st.sampled_from(_PLAIN)).map(" ".join)
    | st.text(max_size=4)
)
terms = _sought.map(lambda text: " ".join(text.split())).filter(fold)
_single = st.sampled_from(_PLAIN) | st.text(min_size=1, max_size=3)
nears = st.builds(
    Near,
    st.lists(_single.filter(lambda w: len(w.split()) == 1 and w == w.strip() and fold(w)),
             min_size=2, max_size=3).map(tuple),
    st.integers(0, 4),
)  # fmt: skip
fields = (
    st.builds(Field, st.just("lang"), st.sampled_from(("th", "en", "mixed", "und")))
    | st.builds(Field, st.just("platform"), st.sampled_from(("x", "pantip")))
    | st.builds(Field, st.just("label"), st.sampled_from(("aapl", "ข่าว", "no such")))
    | st.builds(Field, st.just("kind"), st.sampled_from(("post", "reply")))
    | st.builds(Followers, st.sampled_from(("<", "<=", "=", ">=", ">")), st.integers(0, 3))
    | st.just(HasLink())
)
tags = (
    st.builds(Hashtag, st.sampled_from(("apple", "ดี", "Apple_Event", "appleevent")))
    | st.builds(Cashtag, st.sampled_from(("AAPL", "aa", "BRK.A", "RDS-B")))
    | st.builds(Handle, st.sampled_from(("barbq", "Barbq_TH", "barbq@mastodon.social")))
)
_leaves: st.SearchStrategy[Node] = st.builds(Term, terms) | nears | fields | tags


def _branches(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3)
    return several.map(all_of) | several.map(any_of) | st.builds(Not, children)


nodes: st.SearchStrategy[Node] = st.recursive(_leaves, _branches, max_leaves=6).filter(
    asks_for_something
)
