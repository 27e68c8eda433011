"""A message about an alert, written when it is sent from what the store then holds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from alerts import records
from alerts.alert import Alert, headline_terms, quoted, risk_name, subject
from alerts.explanation import Background, explanation
from alerts.outbox import What
from alerts.reading import (
    Reading,
    SourceHeard,
    background,
    had_later,
    outage_of,
    read_first,
    sources_heard,
)
from listener.printable import printable
from listener.settings import BrandSettings, WorkspaceSettings
from locales import Catalogue, Formats, marked, translation
from trends.model import Cause, EventState, Outage, SignalKind

_QUOTE = 200  # characters of a mention


@dataclass(frozen=True, slots=True)
class Edition:
    """For whom a text is written: language, time zone, and how the brands are called."""

    language: str = "en"
    timezone: str = "UTC"
    brands: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        workspace: WorkspaceSettings,
        brands: Sequence[BrandSettings],
        language: str | None = None,
    ) -> "Edition":
        """For the people of a workspace, in their language or another."""
        names = {brand.id: brand.name for brand in brands}
        return cls(language or workspace.language, workspace.timezone, names)

    @property
    def texts(self) -> Catalogue:
        """The language's texts."""
        return translation(self.language)

    @property
    def formats(self) -> Formats:
        """How times and numbers are written; Thai counts its years in the Buddhist era."""
        return Formats(self.language, self.timezone, buddhist_years=self.language == "th")

    def brand(self, brand: str) -> str:
        """A brand's name; its id when it is no longer configured, "" for the whole stream."""
        return self.brands.get(brand, brand)

    def subject(self, alert: Alert) -> str:
        """The alert in one line."""
        return subject(alert, self.brand(alert.brand), self.language, self.timezone)

    def explanation(self, alert: Alert, known: Background) -> str:
        """The alert in one sentence of figures; "" for an outage."""
        return explanation(alert, known, self.texts, self.formats)


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel delivers. `key` names it for good: the same again is the same message.

    `text` is plain text for people, `values` the same for programs; `quoted` are the
    mentions (seq) whose words are in it.
    """

    key: str
    title: str
    text: str
    values: Mapping[str, Any]
    quoted: tuple[int, ...] = ()


KIND_NAMES = {
    SignalKind.SURGE: marked("surge"),
    SignalKind.EMERGING: marked("emerging"),
    SignalKind.RISK: marked("risk"),
    SignalKind.INAUTHENTIC: marked("inauthentic"),
    SignalKind.COVERAGE: marked("coverage"),
}
STATE_NAMES = {
    EventState.OPEN: marked("open"),
    EventState.GROWING: marked("growing"),
    EventState.PEAKING: marked("peaking"),
    EventState.FADING: marked("fading"),
    EventState.CLOSED: marked("closed"),
}


LABEL_NAMES = {"useful": marked("useful"), "noise": marked("noise")}


def write_message(
    db: Database, alert_id: int, whats: Sequence[What], key: str, edition: Edition
) -> Message:
    """The message about an alert as it is now; `whats` are the rows that it settles."""
    alert = records.one(db, alert_id)
    mentions = read_first(db, alert_id)
    sources = sources_heard(db, alert.window_start, alert.window_end)
    outage = outage_of(db, alert.event)
    later = outage is not None and had_later(db, outage)
    if outage is None:
        rows = [
            *facts(alert, edition),
            (edition.texts.gettext("Sources"), coverage(sources, edition)),
        ]
    else:
        rows = outage_facts(alert, outage, edition, had_later=later)
    explained = edition.explanation(alert, background(db, alert))
    return Message(
        key=key,
        title=_title(alert, whats, edition),
        text=_text(alert, explained, rows, mentions, edition),
        values={
            "key": key,
            "what": [str(what) for what in whats],
            "alert": alert_values(alert, edition),
            "explanation": explained,
            "read_first": [reading_values(mention) for mention in mentions],
            "sources": [source_values(source) for source in sources],
            **({"outage": outage_values(outage, had_later=later)} if outage else {}),
        },
        quoted=tuple(mention.seq for mention in mentions),
    )


def _title(alert: Alert, whats: Sequence[What], edition: Edition) -> str:
    _ = edition.texts.gettext
    patterns = {
        What.OPEN: "[{severity}] {subject}",
        What.UPDATE: _("[{severity}] Update: {subject}"),
        What.CLOSE: _("[{severity}] Over: {subject}"),
    }
    # An event that came and went while the channel was down is told once, as over.
    return patterns[whats[-1] if whats[-1] is What.CLOSE else whats[0]].format(
        severity=alert.peak_severity, subject=edition.subject(alert)
    )


def _text(
    alert: Alert,
    explained: str,
    rows: Sequence[tuple[str, str]],
    mentions: Sequence[Reading],
    edition: Edition,
) -> str:
    _ = edition.texts.gettext
    lines = [explained, ""] if explained else []
    lines += [f"{name}: {value}" for name, value in rows]
    if mentions:
        lines += ["", _("Read first:")]
    for number, mention in enumerate(mentions, 1):
        lines.append(f"{number}. {printable(mention.text, width=_QUOTE)}")
        lines.append(f"   {byline(mention, edition)}")
    lines += ["", _("In full: {command}").format(command=f"krasae alerts show {alert.id}")]
    return "\n".join(lines) + "\n"


def facts(alert: Alert, edition: Edition) -> list[tuple[str, str]]:
    """An alert's figures in words, each under its name."""
    _, formats = edition.texts.gettext, edition.formats
    number, percent = formats.number, formats.percent
    rows = [
        (
            _("What"),
            _("{kind}, severity {severity} of 10, {state}").format(
                kind=_(KIND_NAMES[alert.kind]),
                severity=alert.peak_severity,
                state=_(STATE_NAMES[alert.state]),
            ),
        ),
        (_("When"), formats.window(alert.window_start, alert.window_end, year=True)),
        (_("Known since"), formats.moment(alert.detected_at)),
        (
            observed_name(alert, edition),
            _("{observed}, expected {expected} (usually {lower} to {upper})").format(
                observed=number(alert.observed),
                expected=number(alert.expected, 1),
                lower=number(alert.lower),
                upper=number(alert.upper),
            ),
        ),
        (
            _("Mentions"),
            _("{mentions} by {authors} authors").format(
                mentions=number(alert.mentions), authors=number(alert.unique_authors)
            ),
        ),
        (_("Near-copies"), percent(alert.duplicate_share)),
        (_("Negative"), percent(alert.negative_share)),
        (_("Reach"), _("{reach} followers").format(reach=formats.compact(alert.reach))),
    ]
    if alert.terms:
        terms = headline_terms(alert.terms, edition.brand(alert.brand), limit=8)
        rows.append((_("Terms"), ", ".join(quoted(term) for term in terms)))
    return rows


def observed_name(alert: Alert, edition: Edition) -> str:
    """What an alert's observed and expected figures count."""
    _ = edition.texts.gettext
    match alert.kind:
        case SignalKind.RISK if alert.risk:
            return _("Mentions about {risk}").format(risk=risk_name(alert.risk, edition.texts))
        case SignalKind.RISK:
            return _("Negative mentions")
        case SignalKind.INAUTHENTIC:
            return _("Near-copied mentions")
        case SignalKind.COVERAGE:
            return _("Mentions that are missing")
        case _:
            return _("New authors")


def coverage(sources: Sequence[SourceHeard], edition: Edition) -> str:
    """Which sources delivered in the window, which did not, and what is missing from them."""
    return "; ".join(_heard(source, edition) for source in sources) or edition.texts.gettext(
        "none was heard"
    )


def _heard(source: SourceHeard, edition: Edition) -> str:
    _, formats = edition.texts.gettext, edition.formats
    if source.mentions:
        text = _("{source} {mentions}, last {moment}")
    elif not source.silent:
        text = _("{source} answered, nothing was said")
    elif source.last_at is not None:
        text = _("{source} SILENT since {moment}")
    else:
        text = _("{source} SILENT, never heard in the week before")
    said = text.format(
        source=printable(source.source),
        mentions=formats.number(source.mentions),
        moment=formats.moment(source.last_at) if source.last_at is not None else "",
    )
    if not source.gaps:
        return said
    gaps = ", ".join(formats.window(since, until) for since, until in source.gaps)
    return _("{heard} (missing: {gaps})").format(heard=said, gaps=gaps)


CAUSE_NAMES = {
    Cause.FAILING: marked("it cannot be reached"),
    Cause.OVERDUE: marked("nothing comes from it, not even a sign of life"),
    Cause.SILENT: marked("it answers, and says nothing, which is not like it"),
}


def outage_facts(
    alert: Alert, outage: Outage, edition: Edition, *, had_later: bool
) -> list[tuple[str, str]]:
    """An outage in words, each fact under its name."""
    _, formats = edition.texts.gettext, edition.formats

    def moment(at: int | None) -> str:
        return _("never") if at is None else formats.moment(at)

    why = _(CAUSE_NAMES[outage.cause])
    if outage.error:
        why = f"{why}: {printable(outage.error)}"
    missing = _("about {n} mentions (usually {lower} to {upper})").format(
        n=formats.number(alert.expected),
        lower=formats.number(alert.lower),
        upper=formats.number(alert.upper),
    )
    if outage.usual is None:
        usual = missing = _("not known yet, its history is too short")
    else:
        usual = _("{n} mentions a day, {share} of what all sources bring").format(
            n=formats.number(outage.usual, 0 if outage.usual >= 10 else 1),
            share=formats.percent(outage.share),
        )
    if had_later:
        missing = _("nothing any more: what was said meanwhile was had later")
    rows = facts(alert, edition)[:1]
    rows += [
        (_("Source"), printable(outage.source)),
        (
            _("Not heard"),
            formats.window(alert.window_start, alert.window_end, year=True)
            if outage.until is not None
            else _("since {moment}").format(moment=formats.moment(outage.since)),
        ),
        (_("Known since"), formats.moment(outage.raised_at)),
        (_("Why"), why),
        (_("Last answer"), moment(outage.heard_at)),
        (_("Last mention"), moment(outage.item_at)),
        (_("Usually"), usual),
        (_("Missing"), missing),
        (_("Heard meanwhile"), ", ".join(map(printable, outage.up)) or _("no other source")),
    ]
    if outage.down:
        rows.append((_("Not heard either"), ", ".join(map(printable, outage.down))))
    return rows


def outage_values(outage: Outage, *, had_later: bool) -> dict[str, Any]:
    """An outage for programs, times in ISO 8601."""
    values = asdict(outage)
    for name in ("since", "until", "raised_at", "told_at", "heard_at", "item_at"):
        values[name] = None if values[name] is None else iso(values[name])
    del values["event"], values["spread"]
    return values | {"had_later": had_later}


def byline(mention: Reading, edition: Edition) -> str:
    """Where, when, how far, and the permalink of a mention."""
    _, formats = edition.texts.gettext, edition.formats
    parts = [mention.platform, formats.moment(mention.published_at)]
    if mention.followers is not None:
        parts.append(_("{reach} followers").format(reach=formats.compact(mention.followers)))
    if mention.url:
        parts.append(printable(mention.url))
    return " · ".join(parts)


def iso(at: int) -> str:
    """A time (UTC ms) for programs: 2014-09-09T17:00:00Z."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")[:-6] + "Z"


_TIMES = ("detected_at", "updated_at", "started_at", "window_start", "window_end")


def alert_values(alert: Alert, edition: Edition) -> dict[str, Any]:
    """An alert for programs: its fields, times in ISO 8601, and its subject in words."""
    values = {name: value for name, value in asdict(alert).items() if name != "mention_seqs"}
    values.update({name: iso(values[name]) for name in _TIMES})
    head = {
        "id": values.pop("id"),
        "subject": edition.subject(alert),
        "brand_name": edition.brand(alert.brand),
    }
    return head | values


def reading_values(mention: Reading) -> dict[str, Any]:
    """A mention for programs."""
    return asdict(mention) | {"published_at": iso(mention.published_at)}


def source_values(source: SourceHeard) -> dict[str, Any]:
    """A source's coverage for programs."""
    return asdict(source) | {
        "last_at": None if source.last_at is None else iso(source.last_at),
        "gaps": [[iso(since), iso(until)] for since, until in source.gaps],
        "silent": source.silent,
    }
