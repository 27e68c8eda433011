"""The digest as plain text: the same facts in the same order as the page. Pure."""

from collections.abc import Iterator

from alerts.digest.commands import Sources
from alerts.digest.layout import columns, underlined, wrapped
from alerts.digest.model import AlertFacts, Facts, IssueFacts, share
from alerts.digest.sparkline import blocks
from alerts.digest.wording import Wording, link, per_day, quotation
from alerts.reading import Reading
from listener.printable import printable

_FULL = 3
_BAR = 24


class PlainText:
    """Writes one page; every figure is followed by the number of its command, [1]."""

    def __init__(self, facts: Facts, words: Wording) -> None:
        self.facts = facts
        self.words = words
        self.formats = words.formats
        self._ = words.texts.gettext
        self.n_ = words.texts.ngettext
        self.sources = Sources()

    def page(self) -> str:
        """The whole text."""
        lines = [*self._opening()]
        if self.facts.coverage.last_at is not None:
            lines += [*self._alerts(), *self._closed(), *self._notes(), *self._queue()]
            lines += [*self._voice(), *self._sentiment(), *self._questions(), *self._coverage()]
        lines += [*self._closing()]
        return "\n".join(lines) + "\n"

    def _ref(self, *commands: str) -> str:
        return "".join(f"[{self.sources.number(command)}]" for command in commands)

    def _opening(self) -> Iterator[str]:
        _, facts, words = self._, self.facts, self.words
        yield _("Krasae · the daily digest")
        yield printable(facts.workspace)
        to = _("24 hours to {time}").format(time=self.formats.time(facts.day.end))
        yield f"{self.formats.long_date(facts.day.end)}, {to}"
        yield ""
        yield wrapped(words.headline(facts))
        if lede := words.lede(facts):
            yield lede
        for warning in words.warnings(facts):
            yield wrapped(warning, indent="  ", first="! ")
        yield ""
        if facts.coverage.last_at is None:
            yield wrapped(words.beginning())
        else:
            yield columns(
                [
                    [glance.label, glance.shown, glance.beside, self._ref(*glance.commands)]
                    for glance in words.glances(facts)
                ],
                align="<><<",
            )

    def _alerts(self) -> Iterator[str]:
        yield from underlined(self._("Open alerts"))
        for place, fact in enumerate(self.facts.alerts):
            yield ""
            yield from self._alert(fact, full=place < _FULL)
        if not self.facts.alerts:
            yield self._("None. Nobody needs to be disturbed today.")

    def _alert(self, fact: AlertFacts, *, full: bool) -> Iterator[str]:
        words, alert = self.words, fact.alert
        parts = [str(alert.severity), words.severity(alert.severity)[1], words.kind(fact)]
        parts += [words.state(fact), *([self._("new")] if fact.new else [])]
        number = self._("alert {id}").format(id=alert.id)
        yield " · ".join([*parts, f"{number} {self._ref(fact.command)}"])
        yield wrapped(words.title(fact))
        yield wrapped(f"{words.size(fact)} {self._ref(fact.rows)}", indent="  ")
        if not full:
            return
        yield f"  {blocks(alert.history)}"
        yield wrapped(words.evidence(fact), indent="  ")
        if also := words.also(fact):
            yield wrapped(also, indent="  ")
        for reading in fact.quotes:
            yield from self._quote(reading)

    def _quote(self, reading: Reading) -> Iterator[str]:
        yield wrapped(quotation(reading), indent="    ", first="  > ")
        yield f"    {self.words.byline(reading)}"
        if address := link(reading.url):
            yield f"    {address}"

    def _closed(self) -> Iterator[str]:
        if not self.facts.closed:
            return
        yield from underlined(self._("Over since yesterday"))
        for fact in self.facts.closed:
            ref = self._ref(fact.command, fact.rows)
            yield wrapped(f"{self.words.title(fact)} · {self.words.over(fact)} {ref}", indent="  ", first="")

    def _notes(self) -> Iterator[str]:
        yield ""
        for note in self.words.quiet(self.facts):
            yield wrapped(note)
        budget = self.facts.budget
        ref = self._ref(budget.week.command, budget.four_weeks.command)
        yield wrapped(f"{self.words.budget(self.facts)} {ref}")

    def _queue(self) -> Iterator[str]:
        _, queue = self._, self.facts.queue
        yield from underlined(_("Waiting for an answer"))
        if not queue.oldest:
            yield _("The queue is empty.")
            return
        counts = [
            f"{_('priority {priority}').format(priority=priority)}: "
            f"{self.words.count(figure.value)} {self._ref(figure.command)}"
            for priority, figure in queue.priorities
            if figure.value
        ]
        yield " · ".join(counts)
        yield wrapped(self.words.waiting(self.facts, queue.oldest))
        for fact in queue.first:
            yield ""
            yield from self._issue(fact)

    def _issue(self, fact: IssueFacts) -> Iterator[str]:
        about = " · ".join(self.words.issue(fact, self.facts.day))
        yield wrapped(f"{about} {self._ref(fact.mentions.command)}", indent="  ", first="")
        if fact.quote:
            yield from self._quote(fact.quote)

    def _voice(self) -> Iterator[str]:
        _, facts, words = self._, self.facts, self.words
        if len(facts.brands) < 2 or not facts.said:
            return
        yield from underlined(_("Share of voice"))
        rows = [[_("Brand"), "", _("Share"), _("Usual"), _("Mentions"), ""]]
        for brand in facts.heard_brands:
            today, usual = brand.today.mentions, brand.usual.mentions
            part = share(today.value, facts.said)
            rows.append(
                [
                    words.brand(brand.name),
                    "█" * round(_BAR * (part or 0)),
                    words.percent(part),
                    words.percent(share(usual.value, facts.usually_said)),
                    words.count(today.value),
                    self._ref(today.command, usual.command),
                ]
            )
        yield columns(rows, align="<<>>><")
        yield wrapped(words.voice_formula(facts))

    def _sentiment(self) -> Iterator[str]:
        _, words = self._, self.words
        yield from underlined(_("Sentiment"))
        rows = [[_("Brand"), _("Net"), _("Usual"), _("Positive"), _("Negative"), ""]]
        for brand in self.facts.felt_brands:
            today = brand.today
            rows.append(
                [
                    words.brand(brand.name),
                    words.signed(today.net_sentiment),
                    words.signed(brand.usual.net_sentiment),
                    words.count(today.positives.value),
                    words.count(today.negatives.value),
                    self._ref(today.positives.command, today.negatives.command),
                ]
            )
        if len(rows) > 1:
            yield columns(rows, align="<>>>><")
        yield wrapped(words.sentiment_formula(self.facts))

    def _questions(self) -> Iterator[str]:
        yield from underlined(self._("Questions"))
        for brand in self.facts.own_brands:
            today, usual = brand.today.questions, brand.usual.questions
            asked = self.n_("{n} question", "{n} questions", today.value)
            line = f"{self.words.brand(brand.name)}: {asked.format(n=self.words.count(today.value))}"
            if (daily := per_day(usual, self.facts.usual_days)) is not None:
                usually = self._("(usual {n} a day)").format(n=self.words.count(daily))
                line = f"{line} {usually} {self._ref(today.command, usual.command)}"
            else:
                line = f"{line} {self._ref(today.command)}"
            yield line
        for reading in self.facts.questions:
            yield from self._quote(reading)

    def _coverage(self) -> Iterator[str]:
        _, words, coverage = self._, self.words, self.facts.coverage
        yield from underlined(_("What was heard"))
        if not coverage.sources:
            yield wrapped(words.long_silence(self.facts))
            return
        rows = [[_("Source"), _("Mentions"), _("Usual"), _("Last"), _("Longest gap"), ""]]
        for heard in coverage.sources:
            usual = per_day(heard.usual_mentions, self.facts.usual_days)
            rows.append(
                [
                    f"{printable(heard.name)}{' · ' + _('silent') if heard.silent else ''}",
                    words.count(heard.mentions.value),
                    "–" if usual is None else words.count(usual),
                    words.last_heard(heard),
                    words.gap(heard),
                    self._ref(heard.mentions.command, heard.usual_mentions.command),
                ]
            )
        yield columns(rows, align="<>>>><")

    def _closing(self) -> Iterator[str]:
        yield ""
        yield wrapped(self.words.footnote())
        if commands := self.sources.all():
            yield from underlined(
                self._("Where the numbers come from: the commands that list their rows")
            )
            yield from (f"{f'[{number}]':>5} {command}" for number, command in commands)
