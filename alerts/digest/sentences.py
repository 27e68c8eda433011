"""What a digest says in whole sentences, in one language. Pure."""

from dataclasses import dataclass

from alerts.alert import outage_line
from alerts.digest.model import AlertFacts, Chart, Facts, IssueFacts, SourceFacts
from alerts.digest.wording import Wording
from listener.printable import printable
from trends.model import EventState, SignalKind


@dataclass(frozen=True, slots=True)
class Glance:
    """One of the figures to see first: its name, itself, and what is usual."""

    name: str
    shown: str
    beside: str


class Sentences:
    """The sentences about one day's facts."""

    def __init__(self, facts: Facts, words: Wording) -> None:
        self.facts = facts
        self.words = words
        self.formats = words.formats
        self.fill = words.medium.fill
        self._ = words.texts.gettext
        self.n_ = words.texts.ngettext

    def date(self) -> str:
        """Wednesday 3 September 2014, 24 hours to 08:30"""
        end = self.facts.day.end
        return self._("{date}, 24 hours to {time}").format(
            date=self.formats.long_date(end), time=self.formats.time(end)
        )

    def headline(self) -> str:
        """The one sentence of what changed and why."""
        _, facts = self._, self.facts
        fresh = [fact for fact in facts.alerts if fact.new]
        if facts.coverage.last_at is None:
            return _("Nothing has been heard yet.")
        if fresh:
            return self._event(fresh[0])
        if not facts.coverage.mentions.value:
            return _("Not one mention in 24 hours: check the sources.")
        if facts.alerts:
            return _("Nothing new. Still open: {title}").format(
                title=self.words.title(facts.alerts[0])
            )
        silent = [out.series for out in facts.outages if out.state is not EventState.CLOSED]
        silent += [source.name for source in facts.coverage.sources if source.silent]
        if silent:
            return _("Nothing unusual was heard, but {source} is silent.").format(
                source=printable(silent[0])
            )
        if facts.closed:
            return _("A calm day: nothing new, and what was unusual is over.")
        return _("A calm day: nothing unusual.")

    def _event(self, fact: AlertFacts) -> str:
        _, words = self._, self.words
        times = words.times(fact)
        match fact.alert.kind:
            case SignalKind.INAUTHENTIC:
                text = _("{brand}: {observed} near-copies by {authors} accounts, not a trend.")
            case SignalKind.RISK if fact.alert.risk and times is None:
                text = _("{brand}: talk of {risk} where there usually is none, about {terms}.")
            case SignalKind.RISK if fact.alert.risk:
                text = _("{brand}: {times} times the usual talk of {risk}, about {terms}.")
            case SignalKind.RISK if times is None:
                text = _("{brand}: bad news where there usually is none, about {terms}.")
            case SignalKind.RISK:
                text = _("{brand}: {times} times the usual bad news, about {terms}.")
            case SignalKind.EMERGING:
                text = _("{brand}: something new, {terms} ({observed} people).")
            case _ if times is None:
                text = _("{brand}: sudden talk where there usually is none, about {terms}.")
            case _:
                text = _("{brand}: {times} times the usual talk, about {terms}.")
        return text.format(
            brand=words.brand(fact.brand),
            observed=words.count(fact.alert.observed),
            authors=words.count(fact.alert.unique_authors),
            times=times,
            risk=words.risk(fact.alert.risk),
            terms=words.terms(fact) or _("many things at once"),
        )

    def lede(self) -> str:
        """How many alerts are new, go on, and are over; "" when there are none."""
        new = sum(fact.new for fact in self.facts.alerts)
        old = len(self.facts.alerts) - new
        over = len(self.facts.closed)
        return " · ".join(
            pattern.format(n=self.words.count(count))
            for count, pattern in (
                (new, self.n_("{n} new alert", "{n} new alerts", new)),
                (old, self.n_("{n} alert goes on", "{n} alerts go on", old)),
                (over, self.n_("{n} alert is over", "{n} alerts are over", over)),
            )
            if count
        )

    def no_alerts(self) -> str:
        """What stands where alerts would: that there are none, if that can be known."""
        if any(outage.state is not EventState.CLOSED for outage in self.facts.outages):
            return self._("None in what was heard; but not all was heard, see above.")
        return self._("None. Nobody needs to be disturbed today.")

    def warnings(self) -> list[str]:
        """What makes the figures doubtful: silent sources, mentions that wait, a short history."""
        _, coverage = self._, self.facts.coverage
        outages = self.facts.outages
        said = [outage_line(outage, self.words.texts, self.formats) for outage in outages]
        told = {outage.series for outage in outages if outage.state is not EventState.CLOSED}
        silent = [source for source in coverage.sources if source.silent]
        said += [self._silence(source) for source in silent if source.name not in told]
        if coverage.unread:
            said.append(
                self.n_(
                    "{n} mention of this day waits to be analysed: `krasae process`.",
                    "{n} mentions of this day wait to be analysed: `krasae process`.",
                    coverage.unread,
                ).format(n=self.words.count(coverage.unread))
            )
        if coverage.last_at is not None and self.facts.learning:
            said.append(
                _(
                    "Learning: {days} of 28 days of history. Until then “usual” means what was "
                    "heard so far, and small changes go unnoticed."
                ).format(days=self.facts.history_days)
            )
        return said

    def _silence(self, source: SourceFacts) -> str:
        name = printable(source.name)
        if source.last_at is None:
            return self._("{source} was never heard in these 29 days.").format(source=name)
        return self._("{source} is silent since {when}: the figures may be too low.").format(
            source=name, when=self.formats.moment(source.last_at)
        )

    def beginning(self) -> str:
        """What to do in a workspace without a mention."""
        return self._(
            "Bring posts in with `krasae import FILE`, or configure a source; "
            "then run `krasae process`."
        )

    def glances(self) -> list[Glance]:
        """The four figures to see first."""
        _, facts, words = self._, self.facts, self.words
        new = sum(fact.new for fact in facts.alerts)
        glances = [
            Glance(
                _("Mentions"),
                words.figure(facts.coverage.mentions),
                self._usually(words.daily(facts.coverage.usual_mentions, facts.usual_days)),
            ),
            Glance(
                _("Open alerts"),
                words.figure(facts.open_alerts),
                self.n_("{n} new", "{n} new", new).format(n=words.count(new)),
            ),
            Glance(
                _("In the queue"),
                words.figure(facts.queue.waiting),
                _("oldest {age}").format(age=self.age(facts.queue.oldest))
                if facts.queue.oldest
                else _("nobody waits"),
            ),
        ]
        for brand in facts.own_brands[:1]:
            today, usual = words.net(brand.today), self._usually(words.net(brand.usual))
            beside = self.fill(_("{brand}, {usual}"), brand=words.brand(brand.name), usual=usual)
            glances.append(Glance(_("Sentiment"), today, beside))
        return glances

    def _usually(self, shown: str) -> str:
        return self.fill(self._("usual {n}"), n=shown)

    def standing(self, fact: AlertFacts) -> str:
        """An alert's kind, life-cycle state and number."""
        words = self.words
        parts = [words.kind(fact), words.state(fact), *([self._("new")] if fact.new else [])]
        number = self._("alert {id}").format(id=fact.alert.id)
        return words.medium.joined([*parts, words.medium.figure(number, fact.command)])

    def chart(self, chart: Chart) -> str:
        """The picture of a series in words, for who cannot see it."""
        return self._(
            "{last} at the end, {highest} at most; {lower} to {upper} were expected on average."
        ).format(
            last=self.words.count(chart.values[-1]),
            highest=self.words.count(max(chart.values)),
            lower=self.words.count(chart.lower),
            upper=self.words.count(chart.upper),
        )

    def span(self, chart: Chart) -> str:
        """From when to when a series goes, in steps of what."""
        return self._("{window}, step {length}").format(
            window=self.formats.window(chart.start, chart.end),
            length=self.formats.duration(chart.bucket),
        )

    def size(self, fact: AlertFacts) -> str:
        """The size against what was expected, with its interval and window."""
        _, words, alert = self._, self.words, fact.alert
        match alert.kind:
            case SignalKind.RISK if alert.risk:
                text = _("{observed} mentions of {risk}, expected {expected} ({lower} to {upper})")
            case SignalKind.RISK:
                text = _("{observed} negative mentions, expected {expected} ({lower} to {upper})")
            case SignalKind.INAUTHENTIC:
                text = _("{observed} near-copies, expected {expected} ({lower} to {upper})")
            case _:
                text = _("{observed} new authors, expected {expected} ({lower} to {upper})")
        size = self.fill(
            text,
            observed=words.medium.figure(words.count(alert.observed), fact.command),
            risk=words.risk(alert.risk),
            expected=words.count(alert.expected),
            lower=words.count(alert.lower),
            upper=words.count(alert.upper),
        )
        window = self.formats.window(alert.window_start, alert.window_end)
        times = words.times(fact)
        pattern = _("{size}, {times} times, {window}") if times else _("{size}, {window}")
        return self.fill(pattern, size=size, times=times, window=window)

    def evidence(self, fact: AlertFacts) -> str:
        """Mentions, authors, copies, mood and reach of an alert."""
        alert, words = fact.alert, self.words
        said = self.n_("{n} mention", "{n} mentions", alert.mentions)
        authors = self.n_("{n} author", "{n} authors", alert.unique_authors)
        reached = self.n_("{n} follower reached", "{n} followers reached", alert.reach)
        listed = len(alert.mention_seqs)
        mentions = fact.command if listed < alert.mentions else fact.rows
        parts = [
            self.fill(said, n=words.medium.figure(words.count(alert.mentions), mentions)),
            authors.format(n=words.count(alert.unique_authors)),
            self._("{share} near-copies").format(share=words.percent(alert.duplicate_share)),
            self._("{share} negative").format(share=words.percent(alert.negative_share)),
            reached.format(n=self.formats.compact(alert.reach)),
        ]
        if listed < alert.mentions:
            rows = words.medium.figure(words.count(listed), fact.rows)
            parts.append(self.fill(self._("{n} listed"), n=rows))
        return words.medium.joined(parts)

    def over(self, fact: AlertFacts) -> str:
        """What a closed alert was."""
        alert, words = fact.alert, self.words
        height = words.medium.figure(words.count(alert.observed), fact.command)
        return words.medium.joined(
            [
                words.kind(fact),
                self.fill(self._("{n} at its height"), n=height),
                self.formats.window(alert.started_at, alert.updated_at),
                words.medium.figure(self._("alert {id}").format(id=alert.id), fact.command),
            ]
        )

    def quiet(self) -> list[str]:
        """What nothing is to be said about."""
        notes = (
            (self.facts.quiet, self._("Nothing unusual: {names}")),
            (self.facts.unheard, self._("Not mentioned at all: {names}")),
        )
        return [text.format(names=self.words.names(names)) for names, text in notes if names]

    def budget(self) -> str:
        """The alarm budget, and what was used of it."""
        budget = self.facts.budget
        return self.fill(
            self._("Alarm budget: {budget} a week. Raised in 7 days: {week}, in 28: {month}."),
            budget=self.words.count(budget.per_week),
            week=self.words.figure(budget.week),
            month=self.words.figure(budget.four_weeks),
        )

    def priorities(self) -> str:
        """How many issues wait, by priority."""
        return self.words.medium.joined(
            [
                self.fill(
                    self._("priority {priority}: {n}"),
                    priority=priority,
                    n=self.words.figure(figure),
                )
                for priority, figure in self.facts.queue.priorities
                if figure.value
            ]
        )

    def waiting(self, oldest: IssueFacts) -> str:
        """How long the oldest issue waits, and how many are new."""
        number = self._("issue {id}").format(id=oldest.issue.id)
        return self.fill(
            self._("The oldest waits for {age}: {issue}. New in these 24 hours: {n}"),
            age=self.age(oldest),
            issue=self.words.medium.figure(number, oldest.mentions.command),
            n=self.words.figure(self.facts.queue.came),
        )

    def age(self, fact: IssueFacts) -> str:
        """How long an issue has waited at the day's end."""
        return self.formats.duration(self.facts.day.end - fact.issue.opened_at)

    def issue(self, fact: IssueFacts) -> str:
        """One issue in one line."""
        _, words, issue = self._, self.words, fact.issue
        mentions = self.n_("{n} mention", "{n} mentions", fact.mentions.value)
        number = _("issue {id}").format(id=issue.id)
        parts = [
            words.medium.figure(number, fact.mentions.command),
            _("priority {priority}").format(priority=issue.priority),
            words.brand(fact.brand),
            words.issue_state(issue.state),
            *([printable(issue.assignee)] if issue.assignee else []),
            self.age(fact),
            self.fill(mentions, n=self.words.count(fact.mentions.value)),
            *(words.risk(risk) for risk in issue.risks),
        ]
        if issue.alert_id is not None:
            parts.append(_("alert {id}").format(id=issue.alert_id))
        return words.medium.joined(parts)

    def voice_formula(self) -> str:
        """What share of voice is."""
        return self._("Share = a brand's mentions / the mentions of all {n} brands.").format(
            n=self.words.count(len(self.facts.brands))
        )

    def sentiment_formula(self) -> str:
        """What net sentiment is, and for whom it has no value."""
        formula = self._("Net = (positive − negative) / (positive + negative), from −1 to +1.")
        unfelt = [brand.name for brand in self.facts.brands if not brand.today.felt]
        if not unfelt:
            return formula
        none = self._("No value, for want of praise or blame: {names}")
        return f"{formula} {none.format(names=self.words.names(unfelt))}"

    def questions(self) -> list[str]:
        """How many questions were asked about each own brand."""
        said = []
        for brand in self.facts.own_brands:
            asked = brand.today.questions
            text = self.n_(
                "{brand}: {n} question, usual {usual}",
                "{brand}: {n} questions, usual {usual}",
                asked.value,
            )
            said.append(
                self.fill(
                    text,
                    brand=self.words.brand(brand.name),
                    n=self.words.figure(asked),
                    usual=self.words.daily(brand.usual.questions, self.facts.usual_days),
                )
            )
        return said

    def long_silence(self) -> str:
        """When something was heard last, where that is more than 28 days ago."""
        last_at = self.facts.coverage.last_at
        return self._("Nothing for more than 28 days. The last mention is of {when}.").format(
            when=self.formats.moment(last_at) if last_at is not None else "–"
        )

    def footnote(self) -> str:
        """What "usual" means, and whose clock it is."""
        return self._(
            "Usual: the mean of the 28 days before these 24 hours, or of as many as there are. "
            "Times are those of {zone}."
        ).format(zone=self.formats.timezone)
