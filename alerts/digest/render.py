"""A digest's facts as a page: HTML that is also an e-mail, and plain text. Pure.

The same facts and language give the same bytes.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from alerts.digest.plain_text import PlainText
from alerts.digest.commands import Sources
from alerts.digest.model import Facts, share
from alerts.digest.sparkline import blocks, sparkline
from alerts.digest.theme import dark_rules, light_rules, styles
from alerts.digest.wording import Wording, link, per_day, quotation
from listener.printable import printable

def html(facts: Facts, *, language: str, timezone: str) -> bytes:
    """The digest as one HTML document in UTF-8, without script or any outside asset."""
    words = Wording(language, timezone)
    page = _environment().get_template("digest.html.j2")
    return page.render(
        facts=facts,
        words=words,
        formats=words.formats,
        _=words.texts.gettext,
        say=_escaped(words.texts.gettext),
        say_n=_escaped(words.texts.ngettext),
        sources=Sources(),
        styles=styles(language),
        light_rules=Markup(light_rules()),
        dark_rules=Markup(dark_rules()),
    ).encode()


def text(facts: Facts, *, language: str, timezone: str) -> bytes:
    """The digest as plain text in UTF-8, at most 78 columns where words allow."""
    return PlainText(facts, Wording(language, timezone)).page().encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("alerts.digest"),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        blocks=blocks,
        link=link,
        per_day=per_day,
        plain=printable,
        quotation=quotation,
        share=share,
        sparkline=sparkline,
    )
    return environment


def _escaped(translate: Callable[..., str]) -> Callable[..., Markup]:
    """Translate, then fill in: what is filled in is escaped unless it is markup already."""

    def say(*messages: Any, **values: Any) -> Markup:
        return Markup(escape(translate(*messages))).format(**values)

    return say
