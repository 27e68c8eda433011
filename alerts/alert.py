"""An alert: the fold of one event's signals, and its subject in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from listener.printable import printable
from locales import Catalogue, Formats, marked, translation
from trends.model import EventState, Signal, SignalKind

SHOWN_TERMS = 3
_FEW = 1.0  # below this many expected a ratio says nothing: "812 times the usual 0.02"


@dataclass(frozen=True, slots=True)
class Alert:
    """What is known of one event.

    `state`, `severity`, `updated_at` and `history` are those of its latest signal. The
    figures from `window_start` to `mention_seqs` are those of the signal with the highest
    score, the event's height, so that an alert that fades still says what it was about.
    `id` is the store's, `label` a person's verdict ('useful' or 'noise').
    """

    event: int
    kind: SignalKind
    brand: str
    series: str
    state: EventState
    severity: int
    peak_severity: int
    detected_at: int
    updated_at: int
    started_at: int
    window_start: int
    window_end: int
    observed: float
    expected: float
    lower: float
    upper: float
    score: float
    mentions: int
    unique_authors: int
    duplicate_share: float
    negative_share: float
    reach: int
    terms: tuple[str, ...]
    mention_seqs: tuple[int, ...]
    history: tuple[float, ...]
    id: int | None = None
    label: str | None = None

    @property
    def ratio(self) -> float | None:
        """Observed over expected; None where too little was expected to compare with."""
        return self.observed / self.expected if self.expected >= _FEW else None

    @property
    def risk(self) -> str:
        """The category that a risk alert counts; "" when it counts all that is negative."""
        counts_one = self.kind is SignalKind.RISK and self.series != "negative"
        return self.series if counts_one else ""


_NAMES = [field.name for field in fields(Alert)]
_AT_HEIGHT = _NAMES[_NAMES.index("window_start") : _NAMES.index("history")]


def _figures(signal: Signal) -> dict[str, Any]:
    return {name: getattr(signal, name) for name in _AT_HEIGHT}


def raise_or_update(alert: Alert | None, signal: Signal) -> Alert:
    """The fold: the first signal of an event raises its alert, later ones update it."""
    if alert is None:
        return Alert(
            event=signal.event,
            kind=signal.kind,
            brand=signal.brand,
            series=signal.series,
            state=signal.state,
            severity=signal.severity,
            peak_severity=signal.severity,
            detected_at=signal.detected_at,
            updated_at=signal.detected_at,
            started_at=signal.window_start,
            history=signal.history,
            **_figures(signal),
        )
    return replace(
        alert,
        state=signal.state,
        severity=signal.severity,
        peak_severity=max(alert.peak_severity, signal.severity),
        updated_at=signal.detected_at,
        history=signal.history,
        **(_figures(signal) if signal.score >= alert.score else {}),
    )


def fold(signals: Iterable[Signal]) -> dict[int, Alert]:
    """The alerts of many events' signals, by event, in the order in which they were raised."""
    alerts: dict[int, Alert] = {}
    for signal in signals:
        alerts[signal.event] = raise_or_update(alerts.get(signal.event), signal)
    return alerts


def subject(alert: Alert, brand_name: str, language: str = "en", timezone: str = "UTC") -> str:
    """The alert in one line: brand, what, size against expected, about what, window.

    With brand_name "" (the whole stream) it starts with what. An outage is told as what it is.
    """
    texts = translation(language)
    formats = Formats(language, timezone, buddhist_years=language == "th")
    if alert.kind is SignalKind.COVERAGE:
        return outage_line(alert, texts, formats)
    about = ", ".join(quoted(term) for term in headline_terms(alert.terms, brand_name))
    _ = texts.gettext
    pattern = _("{what}, about {terms}, {window}") if about else _("{what}, {window}")
    line = pattern.format(
        what=_what(alert, texts, formats),
        terms=about,
        window=formats.window(alert.window_start, alert.window_end),
    )
    return f"{printable(brand_name)}: {line}" if brand_name else line


def outage_line(alert: Alert, texts: Catalogue, formats: Formats) -> str:
    """Which source is not heard since when, and about how much is missing."""
    n_ = texts.ngettext
    missing = round(alert.expected)
    if alert.state is EventState.CLOSED:
        line = texts.gettext("{source} was not heard {window}")
        lost = n_("about {n} mention was missing", "about {n} mentions were missing", missing)
    else:
        line = texts.gettext("{source} has not been heard since {moment}")
        lost = n_("about {n} mention is missing", "about {n} mentions are missing", missing)
    line = line.format(
        source=printable(alert.series),
        window=formats.window(alert.window_start, alert.window_end),
        moment=formats.moment(alert.window_start),
    )
    return f"{line}: {lost.format(n=formats.number(missing))}" if missing else line


RISK_NAMES = {
    "safety": marked("safety"),
    "fraud": marked("fraud"),
    "privacy": marked("privacy"),
    "outage": marked("outage"),
    "boycott": marked("boycott"),
    "legal": marked("legal"),
}


def risk_name(risk: str, texts: Catalogue) -> str:
    """A risk category's name in words; a user's own category keeps its name."""
    return texts.gettext(RISK_NAMES.get(risk, printable(risk)))


def _what(alert: Alert, texts: Catalogue, formats: Formats) -> str:
    _ = texts.gettext
    few = alert.ratio is None
    match alert.kind:
        case SignalKind.INAUTHENTIC:
            text = _("{observed} near-copies from {authors} accounts")
        case SignalKind.RISK if alert.risk and few:
            text = _("{observed} {risk} mentions where hardly any are usual")
        case SignalKind.RISK if alert.risk:
            text = _("{ratio} times the usual number of {risk} mentions")
        case SignalKind.RISK if few:
            text = _("{observed} negative mentions where hardly any are usual")
        case SignalKind.RISK:
            text = _("{ratio} times the usual number of negative mentions")
        case SignalKind.EMERGING if few:
            text = _("new, {observed} authors")
        case SignalKind.EMERGING:
            text = _("new, {observed} authors where {expected} are usual")
        case _ if few:
            text = _("{observed} authors where hardly any are usual")
        case _:
            text = _("{ratio} times the usual number of authors")
    return text.format(
        observed=formats.number(alert.observed),
        expected=formats.number(alert.expected, 1),
        authors=formats.number(alert.unique_authors),
        ratio=formats.number(alert.ratio or 0, 1),
        risk=risk_name(alert.risk, texts),
    )


def quoted(term: str) -> str:
    """A term as a text shows it: “iphone 6”, but #tag and $tag bare."""
    term = printable(term)
    return term if term.startswith(("#", "$")) else f"“{term}”"


def headline_terms(
    terms: Iterable[str], brand_name: str = "", limit: int = SHOWN_TERMS
) -> list[str]:
    """The first few terms that add something: no brand's own name, no "iphone" by "iphone 6"."""
    shown: list[str] = []
    for term in terms:
        words = set(term.split())
        named = words <= set(brand_name.casefold().split())
        if named or any(words <= set(kept.split()) for kept in shown):
            continue
        wider = [place for place, kept in enumerate(shown) if set(kept.split()) < words]
        if wider:
            shown[wider[0]] = term
            shown = [kept for place, kept in enumerate(shown) if place not in wider[1:]]
        elif len(shown) < limit:
            shown.append(term)
    return shown
