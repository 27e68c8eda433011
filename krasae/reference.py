"""The settings in words: as a commented config.toml, and as the reference in the docs.

Both are made from the rooms' section models, so that neither can fall behind them.
"""

import json
import re
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from alerts.channels import PLUGS as CHANNELS
from krasae.settings import Settings
from listener.plugs import Plugs
from listener.refusals import section_in
from listener.settings import Section, SourceSettings
from listener.sources import SOURCES

_HEAD = """\
# The configuration of Krasae. A line that begins with "# key =" shows a default: take the
# "# " away to change it. `krasae doctor` checks this file; secrets belong in .env.
"""

_KEYED = """\
# docs/sources/README.md lists all kinds of sources. One with a key, which stands in .env as
# MASTODON_TOKEN='...', looks like this:
#   [[sources]]
#   name = "mastodon"
#   type = "mastodon"
#   options = { token = "env:MASTODON_TOKEN", hashtags = ["coffee"] }
"""

# The lists whose sections have options by their type: which plugs, and where the options are.
PLUGS: dict[str, tuple[Plugs, Callable[[Any], type[Section]]]] = {
    "sources": (SOURCES, lambda plug: plug.SPEC.options),
    "channels": (CHANNELS, lambda plug: plug.Options),
}


def config_text(settings: Settings) -> str:
    """A config.toml that says these settings: every section, every key explained.

    What is at its default is commented out.
    """
    parts = [_HEAD]
    for name, model, is_list in sections():
        value = getattr(settings, name)
        parts.append("\n".join(_comment(_meaning(model))))
        if not is_list:
            parts.append(_section_text(f"[{name}]", model, value))
        elif value:
            for item in value:
                known = item is not value[0]  # the keys are explained once
                text = _section_text(f"[[{name}]]", model, item, explained=not known)
                parts.append("".join([*_introduced(item), text]))
        else:
            parts.append(_example_text(f"[[{name}]]", model))
        if name == "sources":
            parts.append(_KEYED)
    return "\n".join(parts)


def _introduced(item: Section) -> Iterator[str]:
    """A line above a source that says what it is, and where its options are explained."""
    if isinstance(item, SourceSettings) and item.type in SOURCES.built_in():
        title = SOURCES.load(item.type).SPEC.title
        yield f"# {title}: docs/sources/{item.type}.md\n"


def reference_text() -> str:
    """The settings reference, in Markdown."""
    lines: list[str] = []
    for name, model, is_list in sections():
        title = f"[[{name}]]" if is_list else f"[{name}]"
        lines += [f"### `{title}`", "", _meaning(model), ""]
        lines += _table(model)
        if name in PLUGS:
            lines += _plugs_text(name, *PLUGS[name])
    return "\n".join(lines)


def _plugs_text(
    section: str, plugs: Plugs, options_of: Callable[[Any], type[Section]]
) -> Iterator[str]:
    """The options of every kind of source, or of channel, that comes with Krasae."""
    for name in plugs.built_in():
        yield from (f"#### The options of `[[{section}]]` with `type = {toml_value(name)}`", "")
        yield from _table(options_of(plugs.load(name)))


def _table(model: type[Section]) -> Iterator[str]:
    yield from ("| key | value | default | meaning |", "|---|---|---|---|")
    for key, field in model.model_fields.items():
        default = "needed" if field.is_required() else _default_text(field)
        yield f"| `{key}` | {_kind(field)} | {default} | {field.description} |"
    yield ""


def sections() -> Iterator[tuple[str, type[Section], bool]]:
    """Each section of config.toml: its name, its model, and whether there may be many."""
    for name, field in Settings.model_fields.items():
        if model := section_in(field.annotation):
            yield name, model, get_origin(field.annotation) is tuple


def toml_value(value: Any) -> str:
    """A value as TOML. A basic string of TOML is one of JSON, but for DEL."""
    if isinstance(value, Section):
        return toml_value(value.model_dump())
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(k))} = {toml_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    text = str(value)
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII) else toml_value(text)


def _section_text(
    title: str, model: type[Section], value: Section, *, explained: bool = True
) -> str:
    lines = [title]
    for key, field in model.model_fields.items():
        given = getattr(value, key)
        is_default = not field.is_required() and given == field.get_default(
            call_default_factory=True
        )
        if explained:
            lines += _comment(_sentence(field))
        shown = _example(field) if given is None else given
        lines.append(f"{'# ' if is_default else ''}{key} = {toml_value(shown)}")
    return "\n".join([*lines, ""])


def _example_text(title: str, model: type[Section]) -> str:
    lines = [f"# {title}"]
    for key, field in model.model_fields.items():
        lines += _comment(_sentence(field))
        lines.append(f"# {key} = {toml_value(_example(field))}")
    return "\n".join([*lines, ""])


def _example(field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    return field.get_default(call_default_factory=True)


def _comment(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 96, initial_indent="# ", subsequent_indent="# ")


def _meaning(model: type[Section]) -> str:
    first = (model.__doc__ or "").partition("\n")[0]
    text = first.partition(": ")[2]
    return text[:1].upper() + text[1:]


def _sentence(field: FieldInfo) -> str:
    text = field.description or ""
    return f"{text[:1].upper()}{text[1:]}."


def _default_text(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return "none" if default is None else f"`{toml_value(default)}`"


def _kind(field: FieldInfo) -> str:
    low = high = ""
    for rule in field.metadata:
        if isinstance(rule, Ge):
            low = f"{rule.ge:,} or more"
        elif isinstance(rule, Gt):
            low = f"more than {rule.gt:,}"
        elif isinstance(rule, Le):
            high = f"at most {rule.le:,}"
    return ", ".join(part for part in (_type(field.annotation), low, high) if part)


_NAMES = {
    str: "text",
    Path: "path",
    int: "whole number",
    float: "number",
    bool: "true or false",
    SecretStr: '`"env:NAME"`',
}


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type(inner) for inner in arguments if inner is not types.NoneType)
    if origin is Literal:
        return " or ".join(f"`{toml_value(inner)}`" for inner in arguments)
    if origin is tuple:
        inner = _type(arguments[0])
        return f"list, each {inner}" if " or " in inner else f"list of {inner}s"
    if annotation in _NAMES:
        return _NAMES[annotation]
    return "table"
