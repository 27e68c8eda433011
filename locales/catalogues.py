"""Loading a language's catalogue from its plain .po file; the msgids are the English texts."""

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from pathlib import Path

LANGUAGES = ("en", "th")
_FOLDER = Path(__file__).parent


def marked(text: str) -> str:
    """Mark a text for extraction where it stands, to be translated where it is used."""
    return text


class Catalogue(NullTranslations):
    """One language's texts, in the form that gettext and Jinja2 expect.

    A text without a translation stays English: a half-translated page beats none.
    """

    def __init__(
        self, language: str, texts: Mapping[str, str], plurals: Mapping[str, tuple[str, ...]]
    ) -> None:
        super().__init__()
        self.language = language
        self._texts = texts
        self._plurals = plurals

    def gettext(self, message: str) -> str:
        return (message and self._texts.get(message)) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._plurals.get(msgid1, (msgid1, msgid2))
        # Thai has one form; English two; a language with more needs its plural rule here.
        return forms[0] if n == 1 or len(forms) == 1 else forms[1]


@cache
def translation(language: str) -> Catalogue:
    """The catalogue of 'en' or 'th'. Raises KeyError for a language that is not there."""
    if language not in LANGUAGES:
        raise KeyError(f"There is no translation to {language!r}, only {', '.join(LANGUAGES)}.")
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    path = _FOLDER / language / "LC_MESSAGES" / "krasae.po"
    if path.exists():  # English is the source and needs none
        from babel.messages.pofile import read_po

        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if isinstance(message.id, str):
                    texts[message.id] = str(message.string)
                elif isinstance(message.string, (tuple, list)) and all(message.string):
                    plurals[message.id[0]] = tuple(message.string)
    return Catalogue(language, texts, plurals)
