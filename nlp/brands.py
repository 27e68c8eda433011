"""The names by which the brands of a configuration are known: their own, what their queries ask
for, and the spellings of these in the other script, which are data (`data/brands.toml`).
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from itertools import chain
from typing import NamedTuple

from listener.query import Node, parse
from listener.query.tree import And, Not, Or, Term
from listener.settings import BrandSettings
from nlp.names import letters, shipped_names
from nlp.settings import NlpSettings

_THAI = re.compile("[\u0e01-\u0e2e]")
_SHORTEST = 4  # letters of a word that may be part of the brand's name


class Brands(NamedTuple):
    """What texts are searched for: each brand's spellings by its name; and the words of the
    queries in Thai, which the tokenizer must not split."""

    spellings: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]


NO_BRANDS = Brands({}, ())


def known_brands(brands: Iterable[BrandSettings]) -> Brands:
    """The names of the brands of a configuration."""
    spellings: dict[str, tuple[str, ...]] = {}
    words: dict[str, None] = {}
    for brand in brands:
        asked = tuple(_asked(parse(brand.query)))
        names = [brand.name, *(word for word in asked if _is_the_name(word, brand.name))]
        spellings[brand.name] = _with_other_script(names)
        words |= dict.fromkeys(word for word in asked if _THAI.search(word))
    return Brands(spellings, tuple(words))


def own_words(settings: NlpSettings, brands: Brands) -> tuple[str, ...]:
    """What the Thai tokenizer must not split: words and names of the settings, and brands."""
    named = (*settings.entities.values(), *brands.spellings.values())
    return (*settings.words, *brands.words, *chain.from_iterable(named))


def unasked(brand: BrandSettings) -> tuple[str, ...]:
    """The spellings in the other script that the brand's query does not find."""
    asked = [word.casefold() for word in _asked(parse(brand.query))]
    return tuple(
        name
        for name in _with_other_script([brand.name])[1:]
        if bool(_THAI.search(name)) != bool(_THAI.search(brand.name))
        and not any(word in name.casefold() for word in asked)
    )


def _asked(query: Node) -> Iterator[str]:
    """The words of which each by itself is enough for the query."""
    if isinstance(query, Term):
        yield query.text
    elif isinstance(query, Or):
        for part in query.parts:
            yield from _asked(part)
    elif isinstance(query, And):
        wanted = [part for part in query.parts if not isinstance(part, Not)]
        if len(wanted) == 1:
            yield from _asked(wanted[0])


def _is_the_name(word: str, name: str) -> bool:
    """Whether a word that a query asks for names the brand, and not a product of it: part of the
    name, or in the other script and known as nothing else."""
    part, whole = letters(word).casefold(), letters(name).casefold()
    if len(part) >= _SHORTEST and (part in whole or whole in part):
        return True
    other_script = bool(_THAI.search(word)) != bool(_THAI.search(name))
    return other_script and word.casefold() not in _shipped()


def _with_other_script(names: Iterable[str]) -> tuple[str, ...]:
    """The names, and after them what else the lists call them; each once, in any case."""
    found = {name.strip().casefold(): name.strip() for name in names if name.strip()}
    for name in tuple(found):
        for other in _groups().get(name, ()):
            found.setdefault(other.casefold(), other)
    return tuple(found.values())


@lru_cache(maxsize=1)
def _groups() -> dict[str, tuple[str, ...]]:
    source = resources.files("nlp").joinpath("data/brands.toml").read_text("utf-8")
    groups = map(tuple, tomllib.loads(source)["spellings"])
    return {name.casefold(): group for group in groups for name in group}


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    return frozenset(name.text.casefold() for name in shipped_names())
