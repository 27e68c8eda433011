"""The settings in words: as a commented config.toml, and as the reference in the docs.

Both are made from the rooms' section models, so that neither can fall behind them.
"""

import json
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic.fields import FieldInfo

from krasae.refusals import section_in
from krasae.settings import Settings
from listener.settings import Section

_HEAD = """\
# The configuration of Krasae. A line that begins with "# key =" shows a default: take the
# "# " away to change it. `krasae doctor` checks this file; secrets belong in .env.
"""


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
            parts += [_section_text(f"[[{name}]]", model, item) for item in value]
        else:
            parts.append(_example_text(f"[[{name}]]", model))
    return "\n".join(parts)


def reference_text() -> str:
    """The settings reference, in Markdown."""
    lines: list[str] = []
    for name, model, is_list in sections():
        title = f"[[{name}]]" if is_list else f"[{name}]"
        lines += [f"### `{title}`", "", _meaning(model), ""]
        lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
        for key, field in model.model_fields.items():
            default = "needed" if field.is_required() else _default_text(field)
            lines.append(f"| `{key}` | {_kind(field)} | {default} | {field.description} |")
        lines.append("")
    return "\n".join(lines)


def sections() -> Iterator[tuple[str, type[Section], bool]]:
    """Each section of config.toml: its name, its model, and whether there may be many."""
    for name, field in Settings.model_fields.items():
        if model := section_in(field.annotation):
            yield name, model, get_origin(field.annotation) is tuple


def toml_value(value: Any) -> str:
    """A value as TOML. A basic string of TOML is one of JSON, but for DEL."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_value(str(k))} = {toml_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    text = str(value)
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _section_text(title: str, model: type[Section], value: Section) -> str:
    lines = [title]
    for key, field in model.model_fields.items():
        given = getattr(value, key)
        is_default = not field.is_required() and given == field.get_default(
            call_default_factory=True
        )
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
}


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(inner) for inner in arguments if inner is not types.NoneType)
    if origin is Literal:
        return " or ".join(f"`{toml_value(inner)}`" for inner in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}s"
    if annotation in _NAMES:
        return _NAMES[annotation]
    return "table"
