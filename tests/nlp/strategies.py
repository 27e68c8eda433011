"""Texts that people do not write on purpose, for the property tests."""

from hypothesis import strategies as st

# Pieces that have a part in some rule, so that rules meet each other.
_PIECES = (
    *"กาะั่้ิุำํเแๆ฿๕5&;#x@$.:/…!? \n\t\u200b\u200d\ufe0f\u00ad\u202e\u0301\u0600\u1f3f",
    *("&amp;", "&lt;", "&#38;", "&nbsp;", "&#x200b;", "555", "5555+", "haha", "https://t.co/a"),
    *(
        "ｈ",
        "𝗕",
        "😂",
        "👍🏽",
        "👨‍👩‍👧",
        "🇹🇭",
        "1️⃣",
        "RT",
        "@a",
        "#tag",
        "$AAPL",
        "มาก",
        "ค่ะ",
        "can't",
    ),
    *("\x00", "\ud800", "مرحبا", "한국", "日本語", "क्षि", "ລາວ"),
)

texts = st.lists(st.one_of(st.characters(), st.sampled_from(_PIECES)), max_size=40).map("".join)
