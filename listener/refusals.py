"""What is wrong with settings, in words: the line, the key, what belongs there."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, get_args

from listener.settings import Section

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

# By pydantic's type of error; {names in braces} are in the error's context.
_EXPECTED = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} at most",
    "string_too_short": "text that is not empty",
    "literal_error": "{expected}",
    "string_type": "text between quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list: [..., ...]",
    "too_short": "at least {min_length} in the list",
    "dict_type": "a table: { key = value }",
    "model_type": "a section of its own",
    "path_type": "a path between quotes",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`place` is a path of keys and positions), and what."""

    place: Place
    message: str


def in_words(errors: Iterable["ErrorDetails"], model: type[Section]) -> list[Problem]:
    """pydantic's errors about a `model`, as a person would say them.

    What was given is told only if the errors have their input: where it may be a secret, not.
    """
    problems: list[Problem] = []
    meant: set[Place] = set()
    missing: list[Problem] = []
    found = list(errors)
    for error in found:
        place = error["loc"]
        if error["type"] == "too_short" and any(
            other["loc"][: len(place)] == place for other in found if other is not error
        ):
            continue  # a list whose items are wrong counts as empty
        if error["type"] == "extra_forbidden":
            right = _nearest(str(place[-1]), _section_at(model, place[:-1]))
            if right:
                meant.add((*place[:-1], right))
            problems.append(Problem(place, _unknown(place, right, model)))
        elif error["type"] == "missing":
            missing.append(Problem(place, f"is missing: {_wanted(model, place)}"))
        else:
            problems.append(Problem(place, _not_so(error)))
    # A misspelt key is one mistake, not also a missing one.
    problems += [problem for problem in missing if problem.place not in meant]
    return problems


def dotted(place: Place) -> str:
    """A place as it is written: `brands[2].query`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def in_one_line(problems: Iterable[Problem]) -> str:
    """The problems side by side, each with its place, as a sentence."""
    said = "; ".join(
        f"{dotted(one.place)}: {one.message}" if one.place else one.message for one in problems
    )
    return said if said.endswith("?") else f"{said}."


def line_of(text: str, place: Place) -> int | None:
    """The line, from 1, on which a place begins; of its nearest parent when it is not there.

    tomllib tells no lines. So: a place begins after the longest run of first lines that
    is good TOML without it.
    """
    lines = text.split("\n")  # and not splitlines(), which also splits at U+2028

    @cache
    def upto(count: int) -> Mapping[str, Any] | None:
        try:
            return tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            return None

    while place and not _is_there(upto(len(lines)), place):
        place = place[:-1]
    if not place:
        return None
    without, with_it = 0, len(lines)
    while with_it - without > 1:
        middle = (without + with_it) // 2
        # A cut inside a value of many lines is no TOML: look around for one that is.
        outwards = chain(range(middle, with_it), range(middle - 1, without, -1))
        cut = next((count for count in outwards if upto(count) is not None), None)
        if cut is None:
            break
        if _is_there(upto(cut), place):
            with_it = cut
        else:
            without = cut
    return without + 1


def _is_there(value: Any, place: Place) -> bool:
    for part in place:
        if isinstance(part, int):
            if not isinstance(value, Sequence) or part >= len(value):
                return False
        elif not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _not_so(error: "ErrorDetails") -> str:
    kind, given = error["type"], error.get("input")
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "tuple_type" and isinstance(given, Mapping):
        name = dotted(error["loc"])
        return f"is a list of sections: write [[{name}]] with two brackets on each side"
    if kind in _EXPECTED:
        expected = _EXPECTED[kind].format_map(
            {name: _plain(value) for name, value in error.get("ctx", {}).items()}
        )
    else:
        expected = error["msg"].removeprefix("Input should be ")
    given_too = f", not {_shown(given)}" if "input" in error else ""
    return f"expected {expected}{given_too}"


def _unknown(place: Place, right: str | None, model: type[Section]) -> str:
    key = str(place[-1])
    if right:
        return f"there is no such key; did you mean `{right}`?"
    homes = [
        f"[{name}]"
        for name in model.model_fields
        if (section := _section_at(model, (name,))) and key in section.model_fields
    ]
    if homes:
        return f"there is no such key here; it belongs under {' or '.join(homes)}"
    section = _section_at(model, place[:-1])
    keys = section.model_fields if section else {}
    inner = "; a key of its kind stands inside options" if "options" in keys else ""
    return f"there is no such key; there are: {', '.join(keys)}{inner}"


def _wanted(model: type[Section], place: Place) -> str:
    section = _section_at(model, place[:-1])
    field = section.model_fields.get(str(place[-1])) if section else None
    return field.description if field and field.description else "it is needed"


def _nearest(key: str, section: type[Section] | None) -> str | None:
    known = list(section.model_fields) if section else []
    found = get_close_matches(key.casefold(), known, n=1)
    return found[0] if found else None


def _section_at(model: type[Section], place: Place) -> type[Section] | None:
    section: type[Section] | None = model
    for part in place:
        if isinstance(part, int):
            continue
        field = section.model_fields.get(part) if section else None
        section = section_in(field.annotation) if field else None
    return section


def section_in(annotation: Any) -> type[Section] | None:
    """The section model in a field's type, also inside a tuple[...] or a union."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    inner = (section_in(argument) for argument in get_args(annotation))
    return next((section for section in inner if section), None)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
