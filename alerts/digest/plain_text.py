"""The digest as plain text: the same facts in the same order as the page. Pure."""

from collections.abc import Iterator

from alerts.digest.layout import columns, underlined, wrapped
from alerts.digest.model import AlertFacts, Facts
from alerts.digest.sentences import Sentences
from alerts.digest.sparkline import blocks
from alerts.digest.wording import Wording, link, quotation
from alerts.reading import Reading
from listener.printable import printable

_BAR = 20


class PlainText:
    """Writes one page."""

    def __init__(self, facts: Facts, words: Wording) -> None:
        self.facts = facts
        self.words = words
        self.said = Sentences(facts, words)
        self._ = words.texts.gettext

    def page(self) -> str:
        """The whole text, with a line feed at its end."""
        lines = [*self._opening()]
        if self.facts.coverage.last_at is not None:
            lines += [*self._alerts(), *self._notes(), *self._closed(), *self._queue()]
            lines += [*self._voice(), *self._sentiment(), *self._questions(), *self._coverage()]
        lines += [*self._closing()]
        return "\n".join(lines) + "\n"

    def _opening(self) -> Iterator[str]:
        said = self.said
        yield self._("Krasae · the daily digest")
        yield f"{printable(self.facts.workspace)}"
        yield said.date()
        yield ""
        yield wrapped(said.headline())
        if lede := said.lede():
            yield lede
        for warning in said.warnings():
            yield ""
            yield wrapped(warning, indent="  ", first="! ")
        yield ""
        if self.facts.coverage.last_at is None:
            yield wrapped(said.beginning())
        else:
            rows = [[glance.name, glance.shown, glance.beside] for glance in said.glances()]
            yield columns(rows, align="<<<")

    def _alerts(self) -> Iterator[str]:
        yield from underlined(self._("Open alerts"))
        for place, fact in enumerate(self.facts.alerts):
            yield from ([""] if place else [])
            yield from self._alert(fact)
        if not self.facts.alerts:
            yield wrapped(self.said.no_alerts())

    def _alert(self, fact: AlertFacts) -> Iterator[str]:
        yield f"{self.words.severity(fact)[1]} · {self.said.standing(fact)}"
        yield wrapped(self.words.title(fact), indent="  ", first="")
        yield wrapped(self.said.size(fact), indent="  ")
        if not fact.full:
            return
        yield f"  {blocks(fact.chart.values)}  {self.said.span(fact.chart)}"
        yield wrapped(self.said.evidence(fact), indent="  ")
        for reading in fact.quotes:
            yield from self._quote(reading)

    def _quote(self, reading: Reading) -> Iterator[str]:
        yield wrapped(quotation(reading), indent="    ", first="  > ")
        yield f"    {self.words.byline(reading)}"
        if address := link(reading.url):
            yield f"    {address}"

    def _closed(self) -> Iterator[str]:
        if self.facts.closed:
            yield from underlined(self._("Over since yesterday"))
        for fact in self.facts.closed:
            yield wrapped(self.words.title(fact), indent="  ", first="")
            yield wrapped(self.said.over(fact), indent="  ")

    def _notes(self) -> Iterator[str]:
        yield ""
        yield from (wrapped(note) for note in self.said.quiet())
        yield wrapped(self.said.budget())

    def _queue(self) -> Iterator[str]:
        queue = self.facts.queue
        yield from underlined(self._("Waiting for an answer"))
        if not queue.oldest:
            yield self._("The queue is empty.")
            return
        yield wrapped(self.said.priorities())
        yield wrapped(self.said.waiting(queue.oldest))
        for fact in queue.first:
            yield ""
            yield wrapped(self.said.issue(fact), indent="  ", first="")
            if fact.quote:
                yield from self._quote(fact.quote)

    def _voice(self) -> Iterator[str]:
        _, facts, words = self._, self.facts, self.words
        if len(facts.brands) < 2:
            return
        yield from underlined(_("Share of voice"))
        rows = [[_("Brand"), "", _("Share"), _("Usual"), _("Mentions")]]
        for brand in facts.spoken_of:
            today, usual = brand.today.mentions, brand.usual.mentions
            part = today.value / facts.said if facts.said else 0
            rows.append(
                [
                    words.brand(brand.name),
                    "█" * round(_BAR * part),
                    words.share(today, facts.said),
                    words.share(usual, facts.usually_said),
                    words.figure(today),
                ]
            )
        yield columns(rows, align="<<>>>")
        yield wrapped(self.said.voice_formula())

    def _sentiment(self) -> Iterator[str]:
        _, words = self._, self.words
        yield from underlined(_("Sentiment"))
        rows = [[_("Brand"), _("Net"), _("Usual"), _("Positive"), _("Negative")]]
        for brand in self.facts.felt:
            rows.append(
                [
                    words.brand(brand.name),
                    words.net(brand.today),
                    words.net(brand.usual),
                    words.figure(brand.today.positives),
                    words.figure(brand.today.negatives),
                ]
            )
        if len(rows) > 1:
            yield columns(rows, align="<>>>>")
        yield wrapped(self.said.sentiment_formula())

    def _questions(self) -> Iterator[str]:
        yield from underlined(self._("Questions"))
        yield from (wrapped(line) for line in self.said.questions())
        for reading in self.facts.questions:
            yield from self._quote(reading)

    def _coverage(self) -> Iterator[str]:
        _, words, coverage = self._, self.words, self.facts.coverage
        yield from underlined(_("What was heard"))
        if not coverage.sources:
            yield wrapped(self.said.long_silence())
            return
        rows = [[_("Source"), _("Mentions"), _("Usual"), _("Last"), _("Longest gap")]]
        silent = " (" + _("silent") + ")"
        for heard in coverage.sources:
            rows.append(
                [
                    printable(heard.name) + (silent if heard.silent else ""),
                    words.figure(heard.mentions),
                    words.daily(heard.usual_mentions, self.facts.usual_days),
                    words.last_heard(heard),
                    words.gap(heard),
                ]
            )
        yield columns(rows, align="<>>>>")

    def _closing(self) -> Iterator[str]:
        yield ""
        yield wrapped(self.said.footnote())
        if commands := self.words.medium.sources.all():
            yield from underlined(self._("Where the numbers come from"))
            yield from (f"{f'[{number}]':>5} {command}" for number, command in commands)
