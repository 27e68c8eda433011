"""How a Thai term is written: its words joined, and names that were cut made whole again.

A dictionary cuts names that it does not know (สุ|ชาติ), and what follows a space in Thai is another
phrase. So a pair of words is a term only where they stand together, and what is no word of the
dictionary is made longer while nearly all posts continue it in the same way.
"""

import re
from collections import Counter
from collections.abc import Sequence

from nlp.stopwords import stop_words
from nlp.tokens import Tokenizer

_SAME = 0.8  # of the places where a term stands
_FEWEST = 3  # places, or chance continues it
_LONGEST = 20  # code points; a longer one is a phrase rather than a name
_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_THAI_TERM = re.compile(rf"[{_THAI} ]+")
_AFTER, _BEFORE = re.compile(rf"[{_THAI}]+"), re.compile(rf"[{_THAI}]+$")


def spelled(term: str, texts: Sequence[str], tokenizer: Tokenizer) -> str:
    """The term as the normalised texts write it; "" for a Thai pair that mostly stands apart."""
    if not _THAI_TERM.fullmatch(term):
        return term
    joined = term.replace(" ", "")
    if " " in term:
        together = sum(joined in text for text in texts)
        if together == 0 or together < sum(term in text for text in texts):
            return ""
    if tokenizer.knows(joined):
        return joined
    while longer := _longer(joined, texts, tokenizer):
        joined = longer
    return joined


def _longer(term: str, texts: Sequence[str], tokenizer: Tokenizer) -> str:
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    places = 0
    for text in texts:
        for match in re.finditer(re.escape(term), text):
            places += 1
            following = _AFTER.match(text, match.end())
            leading = _BEFORE.search(text[max(0, match.start() - _LONGEST) : match.start()])
            if following:
                after[tokenizer.thai(following[0][:_LONGEST])[0]] += 1
            if leading:
                before[tokenizer.thai(leading[0])[-1]] += 1
    for counts, longer in ((after, term + "{}"), (before, "{}" + term)):
        for word, count in counts.most_common(1):
            whole = longer.format(word)
            if (
                count >= max(_FEWEST, _SAME * places)
                and len(whole) <= _LONGEST
                and word not in stop_words()
            ):
                return whole
    return ""
