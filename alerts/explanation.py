"""An alert in one sentence, made of its figures alone. Pure.

"212 new authors in 3 hours where 31 are usual (19 to 46); 260 mentions by 230 authors; 64%
negative, usually 22%; 41% speak of delivery": every part is a count that can be looked up, and
a part of which nothing is known is left out.
"""

from dataclasses import dataclass

from alerts.alert import Alert, risk_name
from listener.model import DAY_MS, HOUR_MS
from listener.printable import printable
from locales import Catalogue, Formats, marked
from trends.model import SignalKind

_LEAST_SHARE = 0.25  # of the mentions, from which an aspect is worth a word
_LEAST_MENTIONS = 3
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Background:
    """What the store knows of an alert beside its own figures.

    `usual_negative` is the brand's share of negative mentions in the four weeks before the
    window; None where there were too few. `aspects` are the aspects of the brand that its
    mentions speak of, and how many do, most first; `known` is how many mentions were looked at.
    """

    usual_negative: float | None = None
    aspects: tuple[tuple[str, int], ...] = ()
    known: int = 0


ASPECT_NAMES = {
    "price": marked("price"),
    "quality": marked("quality"),
    "taste": marked("taste"),
    "service": marked("service"),
    "staff": marked("staff"),
    "delivery": marked("delivery"),
    "app": marked("the app or website"),
    "network": marked("the network"),
    "safety": marked("safety"),
    "privacy": marked("privacy"),
    "promotion": marked("promotion"),
    "availability": marked("availability"),
    "payment": marked("payment"),
    "place": marked("the place"),
    "design": marked("design"),
}


def aspect_name(aspect: str, texts: Catalogue) -> str:
    """An aspect's name in words; a user's own aspect keeps its name."""
    return texts.gettext(ASPECT_NAMES.get(aspect, printable(aspect)))


def explanation(alert: Alert, background: Background, texts: Catalogue, formats: Formats) -> str:
    """The sentence; "" for an outage, which is told by its own facts."""
    if alert.kind is SignalKind.COVERAGE:
        return ""
    _ = texts.gettext
    parts = [
        _counted(alert, texts).format(
            observed=formats.number(alert.observed),
            expected=formats.number(alert.expected, 1 if alert.expected < 10 else 0),
            lower=formats.number(alert.lower),
            upper=formats.number(alert.upper),
            length=_length(alert.window_end - alert.window_start, texts),
            risk=risk_name(alert.risk, texts),
        ),
        _("{mentions} mentions by {authors} authors").format(
            mentions=formats.number(alert.mentions), authors=formats.number(alert.unique_authors)
        ),
    ]
    negative = formats.percent(alert.negative_share)
    if background.usual_negative is not None:
        usual = formats.percent(background.usual_negative)
        parts.append(_("{share} negative, usually {usual}").format(share=negative, usual=usual))
    else:
        parts.append(_("{share} negative").format(share=negative))
    if background.aspects:
        aspect, count = background.aspects[0]
        if count >= max(_LEAST_MENTIONS, _LEAST_SHARE * background.known):
            share = formats.percent(count / background.known)
            name = aspect_name(aspect, texts)
            parts.append(_("{share} speak of {aspect}").format(share=share, aspect=name))
    return "; ".join(parts)


def _counted(alert: Alert, texts: Catalogue) -> str:
    _ = texts.gettext
    usual = _("in {length} where {expected} are usual ({lower} to {upper})")
    match alert.kind:
        case SignalKind.INAUTHENTIC:
            what = _("{observed} near-copies")
        case SignalKind.RISK if alert.risk:
            what = _("{observed} mentions about {risk}")
        case SignalKind.RISK:
            what = _("{observed} negative mentions")
        case _:
            what = _("{observed} new authors")
    return f"{what} {usual}"


def _length(milliseconds: int, texts: Catalogue) -> str:
    n_ = texts.ngettext
    if milliseconds % DAY_MS == 0 and milliseconds > DAY_MS:
        days = milliseconds // DAY_MS
        return n_("{n} day", "{n} days", days).format(n=days)
    if milliseconds % HOUR_MS == 0:
        hours = milliseconds // HOUR_MS
        return n_("{n} hour", "{n} hours", hours).format(n=hours)
    minutes = milliseconds // _MINUTE_MS
    return n_("{n} minute", "{n} minutes", minutes).format(n=minutes)
