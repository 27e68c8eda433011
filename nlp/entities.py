"""Whom and what a text names: brands, products, people, places, organisations.

By rules: names known beforehand (yours first), found by spaCy's PhraseMatcher over our tokens, and
people by their titles. Where a trained spaCy pipeline is configured, what it finds is added.
Cashtags, handles and links are no entities; of hashtags only the brands that one listens for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nlp.brands import NO_BRANDS, Brands
from nlp.hashtags import TaggedNames
from nlp.model import Entity, EntityKind, Language
from nlp.names import Name, shipped_names
from nlp.people import Place, latin_people, person_in, thai_people
from nlp.tokens import Token, Tokenizer
from nlp.trained import TrainedPipeline

MOST = 20  # entities of one text
_SHORTEST = 3  # letters of a name of yours that may be written in any case: MK is not mk

Found = tuple[int, int, Entity]  # from, to (in characters of the text), what


class EntityFinder:
    """Finds the entities of normalised texts; `more` are your names by kind.

    `pipeline` is the name or path of a trained spaCy pipeline that is installed. A brand of
    `brands` is found under each of its spellings, in hashtags too, and given out by its name.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        more: Mapping[EntityKind, Sequence[str]] | None = None,
        pipeline: str | None = None,
        brands: Brands = NO_BRANDS,
    ) -> None:
        self._tokenizer = tokenizer
        words_too = {name.text for name in shipped_names() if name.as_written}
        listened = [
            Name(text, "brand", len(text) <= _SHORTEST or text in words_too, brand)
            for brand, texts in brands.spellings.items()
            for text in texts
        ]
        ours = [
            Name(text.strip(), kind, len(text.strip()) <= _SHORTEST)
            for kind, texts in (more or {}).items()
            for text in texts
        ]
        self._more = (*listened, *ours)
        self._tagged = TaggedNames(listened, tokenizer) if listened else None
        self._names: _KnownNames | None = None
        self._trained = TrainedPipeline(pipeline) if pipeline else None

    def entities(
        self,
        texts: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        languages: Sequence[Language],
    ) -> list[tuple[Entity, ...]]:
        """Each text's entities in the order in which they are first named, at most MOST."""
        return [_distinct(found) for found in self.places(texts, tokens, languages)]

    def places(
        self,
        texts: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        languages: Sequence[Language],
    ) -> list[Sequence[Found]]:
        """Where in each text they stand, in order; none overlaps another."""
        if self._names is None:
            self._names = _KnownNames((*shipped_names(), *self._more), self._tokenizer)
        words = [[text.casefold() for text, _ in some] for some in tokens]
        named = self._names.places(tokens, words)
        if self._tagged is not None:
            tagged = map(self._tagged.places, tokens)
            named = [[*known, *more] for known, more in zip(named, tagged, strict=True)]
        found = [
            _by_rules(text, some, places, person_in(text, folded))
            for text, some, places, folded in zip(texts, tokens, named, words, strict=True)
        ]
        if self._trained is not None:
            added = self._trained.entities(texts, languages)
            found = [[*ours, *theirs] for ours, theirs in zip(found, added, strict=True)]
        return [_chosen(some) if some else () for some in found]


def _by_rules(
    text: str, tokens: Sequence[Token], named: Sequence[tuple[int, int, Name]], person: bool
) -> list[Found]:
    if not named and not person:
        return []
    starts = _starts(text, tokens)
    found = []
    for first, last, name in named:
        end = starts[last] + len(tokens[last][0])
        found.append((starts[first], end, name.entity))
    for start, end in _people(text, tokens, starts) if person else ():
        found.append((start, end, Entity(text[start:end], "person")))
    return found


def _people(text: str, tokens: Sequence[Token], starts: Sequence[int]) -> Iterator[Place]:
    for first, beyond in latin_people(tokens):
        yield starts[first], starts[beyond - 1] + len(tokens[beyond - 1][0])
    yield from thai_people(text, frozenset(starts))


def _starts(text: str, tokens: Sequence[Token]) -> list[int]:
    """Where each token begins in the text of which they are."""
    starts = []
    at = 0
    for word, _ in tokens:
        at = text.index(word, at)
        starts.append(at)
        at += len(word)
    return starts


def _chosen(found: Iterable[Found]) -> list[Found]:
    """Of those that overlap the longest, then the first."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one[0] - one[1], one[0])):
        if all(one[1] <= start or end <= one[0] for start, end, _ in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one[0])


def _distinct(found: Sequence[Found]) -> tuple[Entity, ...]:
    """Each name once."""
    distinct = {(entity.kind, entity.name.casefold()): entity for *_, entity in reversed(found)}
    return tuple(reversed(distinct.values()))[:MOST]


class _KnownNames:
    """Names as phrases of our tokens, in spaCy's PhraseMatcher."""

    def __init__(self, names: Iterable[Name], tokenizer: Tokenizer) -> None:
        from spacy.matcher import PhraseMatcher
        from spacy.tokens import Doc
        from spacy.vocab import Vocab

        self._doc: Any = Doc
        self._vocabulary = Vocab()
        self._matcher: Any = PhraseMatcher(self._vocabulary)
        phrases: dict[tuple[str, ...], Name] = {}
        for name in names:
            words = tuple(text.casefold() for text, _ in tokenizer.tokens(name.text))
            if words:
                phrases[words] = name
        self._by_key: dict[int, Name] = {}
        for words, name in phrases.items():
            key = "\0".join(words)
            self._matcher.add(key, [Doc(self._vocabulary, words=list(words))])
            self._by_key[self._vocabulary.strings[key]] = name
        # What may come second behind a first word; "" where it is a name by itself.
        self._seconds: dict[str, set[str]] = {}
        for words in phrases:
            self._seconds.setdefault(words[0], set()).add(words[1] if len(words) > 1 else "")

    def places(
        self, tokens: Sequence[Sequence[Token]], words: Sequence[Sequence[str]]
    ) -> list[list[tuple[int, int, Name]]]:
        """The names in each text: their first and last token, and which.

        `words` are the tokens casefolded.
        """
        # What a memory zone saw is forgotten: the vocabulary does not grow with the stream.
        with self._vocabulary.memory_zone():
            return [self._in(*one) for one in zip(tokens, words, strict=True)]

    def _may_stand_in(self, words: Sequence[str]) -> bool:
        """Nearly always this says no, and ten times as fast as the matcher."""
        seen = self._seconds.keys() & words
        return bool(seen) and any(
            "" in seconds or not seconds.isdisjoint(words)
            for seconds in map(self._seconds.__getitem__, seen)
        )

    def _in(self, tokens: Sequence[Token], words: Sequence[str]) -> list[tuple[int, int, Name]]:
        if not self._may_stand_in(words):
            return []
        found = []
        for key, start, end in self._matcher(self._doc(self._vocabulary, words=words)):
            name = self._by_key[key]
            written = "".join(text for text, _ in tokens[start:end])
            if not name.as_written or written == name.text.replace(" ", ""):
                found.append((start, end - 1, name))
        return found
