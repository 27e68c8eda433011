"""The names that are known beforehand: shipped lists, places, Thai given and family names.

Places come with packages: countries and the cities of time zones from Babel's Unicode CLDR (in
Thai and English), Thailand's provinces from PyThaiNLP. `data/entities.toml` holds the rest.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple, get_args

from nlp.model import Entity, EntityKind

KINDS: tuple[EntityKind, ...] = get_args(EntityKind)
_SHORTEST_THAI = 4  # of places that the lists of packages name; ours may be shorter
_PUNCTUATION = re.compile("(?:[^\\w\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|_)+")
_NO_COUNTRIES = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))


class Name(NamedTuple):
    """A name as it is looked for; `as_written`: in another spelling it is a word."""

    text: str
    kind: EntityKind
    as_written: bool
    stands_for: str = ""  # what it is given out as, where that is another spelling

    @property
    def entity(self) -> Entity:
        """What is found where it stands."""
        return Entity(self.stands_for or self.text, self.kind)


def letters(text: str) -> str:
    """A name as it stands in a hashtag: without spaces and punctuation, Thai vowels kept."""
    return _PUNCTUATION.sub("", text)


@lru_cache(maxsize=1)
def lists() -> dict[str, dict[str, list[str]]]:
    """`data/entities.toml`."""
    return tomllib.loads(resources.files("nlp").joinpath("data/entities.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def shipped_names() -> tuple[Name, ...]:
    """All names that come with Krasae and its packages; of two that are alike the last counts."""
    ours = lists()
    never = frozenset(ours["place"]["never"])
    found = [_place(text) for text in sorted(_places() - never)]
    for kind in KINDS:
        table = ours[kind]
        found += [Name(text, kind, False) for text in table.get("names", ())]
        found += [Name(text, kind, True) for text in table.get("as_written", ())]
    return tuple(found)


def _place(text: str) -> Name:
    """Of the packages' places: a single Latin word may be anything, unless it has a capital."""
    return Name(text, "place", text.isascii() and " " not in text)


def _places() -> frozenset[str]:
    return frozenset(
        name
        for name in _written_places()
        if "," not in name and "(" not in name and (name.isascii() or len(name) >= _SHORTEST_THAI)
    )


def _written_places() -> Iterator[str]:
    from babel import Locale
    from pythainlp.corpus import provinces

    languages: tuple[Any, ...] = (Locale("en"), Locale("th"))
    for locale in languages:
        for code, name in locale.territories.items():
            if code.isalpha() and code not in _NO_COUNTRIES:
                yield name
        yield from (zone["city"] for zone in locale.time_zones.values() if zone.get("city"))
    # CLDR names a city in English only where its zone is called otherwise.
    for zone in map(str, locale.time_zones):
        area, _, city = zone.rpartition("/")
        if area and area != "Etc":
            yield city.replace("_", " ")
    thai: Any = provinces(details=True)
    for province in thai:
        yield province["name_th"]
        yield province["name_en"]


@lru_cache(maxsize=1)
def thai_given_names() -> frozenset[str]:
    """Given names of men and women, by PyThaiNLP."""
    from pythainlp.corpus import thai_female_names, thai_male_names

    return frozenset(thai_female_names()) | frozenset(thai_male_names())


@lru_cache(maxsize=1)
def thai_family_names() -> frozenset[str]:
    """Family names, by PyThaiNLP."""
    from pythainlp.corpus import thai_family_names as names

    found: Any = names()
    return frozenset(found)
