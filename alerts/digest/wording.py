"""What single facts are called in one language: numbers, names, states, quotes. Pure."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from alerts.alert import headline_terms, quoted, risk_name
from alerts.digest.medium import Medium
from alerts.digest.model import AlertFacts, Figure, Said, SourceFacts
from alerts.message import KIND_NAMES, STATE_NAMES
from alerts.reading import Reading
from listener.printable import printable
from locales import Formats, marked, translation
from trends.model import EventState

_STATE_SIGNS: Mapping[EventState, str] = {
    EventState.OPEN: "●",
    EventState.GROWING: "▲",
    EventState.PEAKING: "◆",
    EventState.FADING: "▽",
    EventState.CLOSED: "✓",
}
_ISSUE_STATES = {
    "new": marked("new"),
    "acknowledged": marked("acknowledged"),
    "assigned": marked("assigned"),
}
# The lowest severity, 1 to 10, of each word; the first is the name of the style.
_SEVERITIES = (
    (9, "critical", marked("critical")),
    (7, "high", marked("high")),
    (4, "medium", marked("medium")),
    (1, "low", marked("low")),
)
_LONGEST_QUOTE = 240
# Invisible, and common in Thai posts; `printable` would show each as U+FFFD.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u00ad\u2060\ufeff"))
_NONE = "–"


def quotation(reading: Reading) -> str:
    """A mention's text on one line, cut at a grapheme, without what a screen would obey."""
    return printable(reading.text.translate(_INVISIBLE), width=_LONGEST_QUOTE)


def link(url: str | None) -> str | None:
    """The address, if it is a plain http or https one."""
    if url is None or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


class Wording:
    """The words and number forms of one reader, on one medium; Thai years are Buddhist."""

    def __init__(self, language: str, timezone: str, medium: Medium) -> None:
        self.language = language
        self.texts = translation(language)
        self.formats = Formats(language, timezone, buddhist_years=language == "th")
        self.medium = medium

    # Numbers

    def count(self, value: float) -> str:
        """A whole number, or one decimal below ten where the value has one; <0.1 for less."""
        if 0 < value < 0.05:
            return f"<{self.formats.number(0.1, 1)}"
        digits = 1 if abs(value) < 10 and round(value, 1) != round(value) else 0
        return self.formats.number(value, digits)

    def figure(self, figure: Figure) -> str:
        """A count that leads to its rows."""
        return self.medium.figure(self.count(figure.value), figure.command)

    def daily(self, figure: Figure, days: float) -> str:
        """A count over several days as one day's mean; a dash with less than a day of history."""
        return (
            self.medium.figure(self.count(figure.value / days), figure.command)
            if days >= 1
            else _NONE
        )

    def share(self, figure: Figure, whole: int) -> str:
        """A figure as a share of a whole: 31%, <1%; a dash when there is no whole."""
        if not whole:
            return _NONE
        return self.medium.figure(self.percent(figure.value / whole), figure.command)

    def percent(self, share: float) -> str:
        """31%, or <1% for something that is not nothing."""
        return "<1%" if 0 < share < 0.005 else self.formats.percent(share)

    def signed(self, value: float | None) -> str:
        """+0.24, −0.10 or 0.00; a dash when there is no value."""
        if value is None:
            return _NONE
        rounded = round(value, 2)
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return f"{sign}{self.formats.number(abs(rounded), 2)}"

    def net(self, said: Said) -> str:
        """A net sentiment that leads to its two counts."""
        shown = self.signed(said.net_sentiment)
        return self.medium.figure(shown, said.opinions) if said.felt else shown

    def times(self, fact: AlertFacts) -> str | None:
        """How many times the expected was observed; None when hardly anything was expected."""
        ratio = fact.alert.ratio
        if ratio is None:
            return None
        return self.formats.number(ratio, 1 if ratio < 10 else 0)

    # Names

    def severity(self, fact: AlertFacts) -> tuple[str, str]:
        """(name of the style, "8 · high")"""
        style, word = next(
            (style, word) for least, style, word in _SEVERITIES if fact.alert.severity >= least
        )
        return style, f"{fact.alert.severity} · {self.texts.gettext(word)}"

    def kind(self, fact: AlertFacts) -> str:
        return self.texts.gettext(KIND_NAMES[fact.alert.kind])

    def state(self, fact: AlertFacts) -> str:
        state = fact.alert.state
        return f"{_STATE_SIGNS[state]} {self.texts.gettext(STATE_NAMES[state])}"

    def issue_state(self, state: str) -> str:
        return self.texts.gettext(_ISSUE_STATES.get(state, state))

    def risk(self, risk: str) -> str:
        return risk_name(risk, self.texts)

    def brand(self, name: str) -> str:
        """A brand's name; the whole stream's, where no brands are configured."""
        return printable(name) if name else self.texts.gettext("All mentions")

    def names(self, names: Sequence[str]) -> str:
        """Brands in a row: A, B, C."""
        return ", ".join(self.brand(name) for name in names)

    def terms(self, fact: AlertFacts, limit: int = 3) -> str:
        """“iphone 6”, $aapl: the terms that name the event."""
        terms = headline_terms(fact.terms, fact.brand, limit)
        return ", ".join(quoted(term) for term in terms)

    def title(self, fact: AlertFacts) -> str:
        """Apple: “iphone 6”, “apple watch”"""
        terms = self.terms(fact)
        return f"{self.brand(fact.brand)}: {terms}" if terms else self.brand(fact.brand)

    def byline(self, reading: Reading) -> str:
        """Where, by how followed an author, when."""
        parts = [printable(reading.platform)]
        if reading.followers is not None:
            followers = self.texts.ngettext("{n} follower", "{n} followers", reading.followers)
            parts.append(followers.format(n=self.formats.compact(reading.followers)))
        return " · ".join([*parts, self.formats.moment(reading.published_at)])

    def last_heard(self, heard: SourceFacts) -> str:
        if heard.last_at is None:
            return _NONE
        return f"{self.formats.day(heard.last_at)} {self.formats.time(heard.last_at)}"

    def gap(self, heard: SourceFacts) -> str:
        if heard.gap is None:
            return _NONE
        since, until = heard.gap
        return f"{self.formats.local(since):%H:%M}–{self.formats.time(until)}"
