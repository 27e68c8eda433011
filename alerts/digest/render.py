"""A digest's facts as a page: HTML that is also an e-mail, and plain text. Pure.

The same facts and language give the same bytes.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.digest.medium import Page, Plain
from alerts.digest.model import Facts
from alerts.digest.plain_text import PlainText
from alerts.digest.sentences import Sentences
from alerts.digest.sparkline import blocks, sparkline
from alerts.digest.theme import dark_rules, light_rules, styles
from alerts.digest.wording import Wording, link, quotation
from listener.printable import printable


def html(facts: Facts, *, language: str, timezone: str) -> bytes:
    """The digest as one HTML document in UTF-8, without script or any outside asset."""
    words = Wording(language, timezone, Page())
    page = _environment().get_template("digest.html.j2")
    return page.render(
        facts=facts,
        words=words,
        said=Sentences(facts, words),
        _=words.texts.gettext,
        styles=styles(language),
        light_rules=light_rules(),
        dark_rules=dark_rules(),
    ).encode()


def text(facts: Facts, *, language: str, timezone: str) -> bytes:
    """The digest as plain text in UTF-8, at most 78 columns where words allow."""
    return PlainText(facts, Wording(language, timezone, Plain())).page().encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("alerts.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        blocks=blocks, link=link, plain=printable, quotation=quotation, sparkline=sparkline
    )
    return environment
