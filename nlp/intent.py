"""What a post is for: asking, promoting, or something else."""

import re

from nlp.model import Intent

_QUESTION = re.compile(
    r"[?？]"
    r"|ไหม|มั้ย|มั๊ย|ไม๊|หรอ|เหรอ|หรือเปล่า|หรือป่าว|รึเปล่า|รึป่าว|ยังไง|อย่างไร|ที่ไหน|เท่าไหร่|เท่าไร|เมื่อไหร่|เมื่อไร|ทำไม|ได้ป่ะ"
    r"|^(?:how|what|when|where|why|who|which|can|could|does|do|is|are|should|anyone|any1)\b",
    re.IGNORECASE,
)
_PROMOTION = re.compile(
    r"\b(?:giveaway|promo code|discount code|coupon|use code|buy now|shop now|order now|free shipping"
    r"|sign up (?:now|today)|limited time|\d+% off|follow (?:and|&) (?:rt|retweet)|rt to win)\b"
    r"|โปรโมชั่น|โปรแรง|ลดราคา|ส่งฟรี|แถมฟรี|โค้ดส่วนลด|สั่งซื้อ|สนใจทัก|ทักแชท|พร้อมส่ง|ผ่อน 0%|แจกฟรี|กดติดตาม|ร่วมสนุก",
    re.IGNORECASE,
)


def intent(text: str) -> Intent:
    """The intent of a normalised text."""
    if _PROMOTION.search(text):
        return "promotion"
    return "question" if _QUESTION.search(text) else "other"
