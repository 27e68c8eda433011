"""Raw texts made ready for a fit: their terms and languages, and which are copies of which."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nlp.copies import CopyFinder
from nlp.language import LanguageFinder
from nlp.terms import terms
from nlp.text import normalise
from nlp.tokens import Tokenizer
from nlp.topics.model import Ids


@dataclass(frozen=True)
class Reading:
    """What is known of texts, in order."""

    texts: tuple[str, ...]  # normalised
    terms: tuple[tuple[str, ...], ...]
    languages: tuple[str, ...]  # "th", "en" or "other"
    originals: Ids  # the place of the text that each is a copy of; its own for an original
    tokenizer: Tokenizer


def read(texts: Sequence[str], *, words: Iterable[str], stops: Collection[str]) -> Reading:
    """Reads raw texts; terms that consist of `stops` alone are left out."""
    tokenizer, finder = Tokenizer(words), LanguageFinder()
    unwanted = {stop.casefold() for stop in stops}
    copies: CopyFinder[int] = CopyFinder(window=len(texts), most=len(texts) + 1)
    found: list[tuple[str, ...]] = []
    languages: list[str] = []
    originals = np.arange(len(texts), dtype=np.int64)
    seen: dict[str, int] = {}
    normal = tuple(normalise(text) for text in texts)
    for place, clean in enumerate(normal):
        tokens = tokenizer.tokens(clean)
        language = finder.language(clean)
        said = terms(tokens, known=tokenizer.knows, language=language)
        found.append(tuple(term for term in said if not _unwanted(term, unwanted)))
        languages.append({"th": "th", "mixed": "th", "en": "en"}.get(language, "other"))
        first = seen.setdefault(clean, place)
        if first == place:
            copied = copies.originals([place], [tokens], [place])[0]
            originals[place] = place if copied is None else copied
        else:
            originals[place] = originals[first]
    return Reading(normal, tuple(found), tuple(languages), originals, tokenizer)


def _unwanted(term: str, stops: Collection[str]) -> bool:
    if not stops:
        return False
    return term in stops or all(word.lstrip("#$") in stops for word in term.split())
