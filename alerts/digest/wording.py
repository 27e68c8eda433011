"""What a digest's facts are called in words, in one language. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from alerts.alert import headline_terms, quoted
from alerts.digest.model import AlertFacts, Facts, Figure, SourceFacts
from alerts.message import KIND_NAMES, STATE_NAMES
from alerts.reading import Reading
from listener.printable import printable
from locales import Formats, marked, translation
from trends.model import EventState, SignalKind

_STATE_SIGNS = {
    EventState.OPEN: "●",
    EventState.GROWING: "▲",
    EventState.PEAKING: "◆",
    EventState.FADING: "▽",
    EventState.CLOSED: "✓",
}
_ISSUE_STATES = {
    "new": marked("new"),
    "acknowledged": marked("seen"),
    "assigned": marked("assigned"),
}
# The lowest severity, 1 to 10, of each word; the word is also the style's name.
_SEVERITIES = (
    (9, "critical", marked("critical")),
    (7, "high", marked("high")),
    (4, "medium", marked("medium")),
    (1, "low", marked("low")),
)
_RISKS = {
    "safety": marked("safety"),
    "fraud": marked("fraud"),
    "privacy": marked("privacy"),
    "outage": marked("outage"),
    "boycott": marked("boycott"),
    "legal": marked("legal"),
}

_LONGEST_QUOTE = 240
# Invisible, and common in Thai posts; `printable` would show each as U+FFFD.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u00ad\u2060\ufeff"))


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


def per_day(figure: Figure, days: float) -> float | None:
    """A count per day; None with less than a day of history."""
    return figure.value / days if days >= 1 else None


class Wording:
    """The words and number forms of one reader: language, zone, Buddhist years in Thai."""

    def __init__(self, language: str, timezone: str) -> None:
        self.language = language
        self.texts = translation(language)
        self.formats = Formats(language, timezone, buddhist_years=language == "th")

    def severity(self, severity: int) -> tuple[str, str]:
        """(name of the style, word)"""
        for least, style, word in _SEVERITIES:
            if severity >= least:
                return style, self.texts.gettext(word)
        return "low", self.texts.gettext("low")

    def kind(self, fact: AlertFacts) -> str:
        return self.texts.gettext(KIND_NAMES[fact.alert.kind])

    def state(self, fact: AlertFacts) -> str:
        state = fact.alert.state
        return f"{_STATE_SIGNS[state]} {self.texts.gettext(STATE_NAMES[state])}"

    def issue_state(self, state: str) -> str:
        return self.texts.gettext(_ISSUE_STATES.get(state, state))

    def risk(self, risk: str) -> str:
        return self.texts.gettext(_RISKS.get(risk, risk))

    def terms(self, fact: AlertFacts, limit: int = 3) -> str:
        """“iphone 6”, $aapl: the terms that name the event."""
        name = set(fact.brand.casefold().split())
        telling = [term for term in fact.alert.terms if not set(term.casefold().split()) <= name]
        return ", ".join(quoted(term) for term in headline_terms(telling, limit=limit))

    def brand(self, name: str) -> str:
        """A brand's name; the whole stream's, where no brands are configured."""
        return printable(name) if name else self.texts.gettext("All mentions")

    def names(self, names: Sequence[str]) -> str:
        """Brands in a row: A, B and C."""
        from babel.lists import format_list

        return format_list([self.brand(name) for name in names], locale=self.language)

    def count(self, value: float) -> str:
        """A whole number, or one decimal below ten where the value has one."""
        digits = 1 if abs(value) < 10 and round(value, 1) != round(value) else 0
        return self.formats.number(value, digits)

    def signed(self, value: float | None) -> str:
        """+0.24, −0.10 or 0.00; a dash when there is no value."""
        if value is None:
            return "–"
        rounded = round(value, 2)
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return f"{sign}{self.formats.number(abs(rounded), 2)}"

    def percent(self, share: float | None) -> str:
        """31%, <1%; a dash when there is no value."""
        if share is None:
            return "–"
        return "<1%" if 0 < share < 0.005 else self.formats.percent(share)

    def times(self, observed: float, expected: float) -> str | None:
        """How many times the expected; None when hardly anything was expected."""
        if expected < 0.5:
            return None
        ratio = observed / expected
        return self.formats.number(ratio, 1 if ratio < 10 else 0)

    def size(self, fact: AlertFacts) -> str:
        """A pattern for the size against expected; {observed}, {expected}, {lower}, {upper}."""
        _ = self.texts.gettext
        match fact.alert.kind:
            case SignalKind.RISK:
                return _("{observed} negative mentions where {expected} are usual ({lower} to {upper})")
            case SignalKind.INAUTHENTIC:
                return _("{observed} near-copies where {expected} are usual ({lower} to {upper})")
            case _:
                return _("{observed} authors where {expected} are usual ({lower} to {upper})")

    def headline(self, facts: Facts) -> str:
        """The one sentence of what changed and why."""
        _ = self.texts.gettext
        fresh = [fact for fact in facts.alerts if fact.new]
        if facts.coverage.last_at is None:
            return _("Nothing has been heard yet.")
        if fresh:
            return self._event(fresh[0])
        if not facts.coverage.mentions.value:
            return _("Not one mention in 24 hours: check the sources.")
        if facts.alerts:
            return _("Nothing new. {event}").format(event=self._event(facts.alerts[0]))
        if facts.closed:
            return _("A calm day: nothing new, and what was unusual is over.")
        return _("A calm day: nothing unusual.")

    def _event(self, fact: AlertFacts) -> str:
        _ = self.texts.gettext
        alert = fact.alert
        times = self.times(alert.observed, alert.expected)
        match alert.kind:
            case SignalKind.INAUTHENTIC:
                text = _("{brand}: {observed} near-copies by {authors} accounts, not a trend.")
            case SignalKind.RISK if times is None:
                text = _("{brand}: bad news where there usually is none, about {terms}.")
            case SignalKind.RISK:
                text = _("{brand}: {times} times the usual bad news, about {terms}.")
            case SignalKind.EMERGING:
                text = _("{brand}: something new, {terms}, from {observed} people.")
            case _ if times is None:
                text = _("{brand}: sudden talk where there usually is none, about {terms}.")
            case _:
                text = _("{brand}: {times} times the usual talk, about {terms}.")
        return text.format(
            brand=self.brand(fact.brand),
            observed=self.count(alert.observed),
            authors=self.count(alert.unique_authors),
            times=times,
            terms=self.terms(fact) or _("many things at once"),
        )

    def lede(self, facts: Facts) -> str:
        """How many alerts are new, go on, and are over."""
        say = self.texts.ngettext
        new = sum(fact.new for fact in facts.alerts)
        old = len(facts.alerts) - new
        over = len(facts.closed)
        parts = [
            say("{n} alert is new", "{n} alerts are new", new).format(n=new) if new else "",
            say("{n} goes on", "{n} go on", old).format(n=old) if old else "",
            say("{n} is over", "{n} are over", over).format(n=over) if over else "",
        ]
        said = self.texts.gettext(", ").join(part for part in parts if part)
        return f"{said}." if said else ""

    def warnings(self, facts: Facts) -> list[str]:
        """What makes the figures doubtful: silent sources, mentions that wait, a short history."""
        _ = self.texts.gettext
        said = [self._silence(source, facts) for source in facts.coverage.sources if source.silent]
        if facts.coverage.unread:
            said.append(
                self.texts.ngettext(
                    "{n} mention of this day waits to be analysed: `krasae process`.",
                    "{n} mentions of this day wait to be analysed: `krasae process`.",
                    facts.coverage.unread,
                ).format(n=self.count(facts.coverage.unread))
            )
        if facts.coverage.last_at is not None and facts.history_days < 28:
            said.append(
                _(
                    "Learning: {days} of 28 days of history. Until then “usual” is what was seen "
                    "so far, and small changes stay unnoticed."
                ).format(days=facts.history_days)
            )
        return said

    def _silence(self, source: SourceFacts, facts: Facts) -> str:
        _ = self.texts.gettext
        if source.last_at is None:
            return _("{source} was not heard in the last 29 days.").format(
                source=printable(source.name)
            )
        return _("{source} is silent since {when}. What follows may be too low.").format(
            source=printable(source.name), when=self.formats.moment(source.last_at)
        )
