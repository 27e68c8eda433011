"""A digest as a reader gets it: both forms, both languages, whatever the posts contain."""

import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts import queue
from alerts.digest import render
from alerts.digest.model import Facts
from alerts.digest.theme import DARK, LIGHT, PAIRS
from alerts.issue import Action
from listener.model import DAY_MS, HOUR_MS
from listener.settings import BrandSettings
from tests.alerts.digest.making import (
    BRANDS,
    TENTH,
    ZONE,
    a_full_day,
    enriched,
    facts_of,
    history,
    stages,
)
from tests.alerts.making import database, put_signals, say, signal

LANGUAGES = ("en", "th")
VOID = {"meta", "br", "rect", "path", "polyline"}
HOSTILE = (
    "<script>alert(1)</script>",
    "</blockquote></td></table><h1>owned",
    "{{ 7 * 191 }} {% raw %} {brand.__class__} %(x)s",
    "\u202egnp.exe \u2066left open",
    "\x1b[31mred\x07\x00 and\nthe\r\nnext\u2028line\u0085end",
    '" onmouseover="alert(1)" x="',
    "e" + "\u0301" * 10_000,
    "ก" + "็" * 10_000 + "น้ำ",
    "x" * 20_000,
    "&amp; &lt; ]]> <!-- ",
)


class Reader(HTMLParser):
    """Reads a page strictly: every tag is closed in turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open[-1:]):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(facts: Facts, language: str = "en") -> str:
    return render.html(facts, language=language, timezone=ZONE).decode()


def plain(facts: Facts, language: str = "en") -> str:
    return render.text(facts, language=language, timezone=ZONE).decode()


def a_hostile_day(db: Database) -> Facts:
    """The worst that can be posted, named and typed, quoted wherever something is quoted."""
    at = TENTH.start + HOUR_MS
    for number, text in enumerate(HOSTILE):
        seq = say(
            db,
            text,
            author=f"h{number}",
            at=at + number,
            followers=90_000 + number,
            brand="bad",
            sentiment="negative",
            intent="question",
            terms=(text[:80],),
            url=("javascript:alert(1)", 'https://x/"><script>', "https://x/\n", "//x/y")[
                number % 4
            ],
        )
        values = {"detected_at": at + HOUR_MS, "severity": 9, "mention_seqs": (seq,)}
        put_signals(db, [signal(event=number, brand="bad", terms=(text[:80],), **values)])
    stages(db)
    issue = queue.listed(db, queue.Filter(), limit=1)[0]
    queue.act(db, issue, Action.ASSIGN, by="nok", at=at, assignee="<b>ploy\u202e</b>")
    brands = (BrandSettings(id="bad", name="<i>B&B</i>\u202e", query="bad", own=True), *BRANDS)
    return facts_of(db, brands=brands, sources=("<u>src</u>",))


@pytest.mark.parametrize("language", LANGUAGES)
def test_golden(golden: Callable[[str, str], None], language: str) -> None:
    db = database()
    a_full_day(db)
    facts = facts_of(db)
    golden(f"digest/full.{language}.html", page(facts, language))
    golden(f"digest/full.{language}.txt", plain(facts, language))


def test_the_same_database_gives_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib;"
        "from alerts.digest import render;"
        "from tests.alerts.digest.making import ZONE, a_full_day, facts_of;"
        "from tests.alerts.making import database;"
        "db = database(); a_full_day(db); facts = facts_of(db);"
        "made = [form(facts, language=language, timezone=ZONE)"
        " for form in (render.html, render.text) for language in ('en', 'th')];"
        "print(hashlib.sha256(b''.join(made)).hexdigest())"
    )
    root = Path(__file__).parents[3]
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "TZ": zone},
            cwd=root,
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stands_alone(language: str) -> None:
    db = database()
    a_full_day(db)
    made = page(facts_of(db), language)
    read = Reader(made)
    assert ("html", {"lang": language}) in read.tags
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in read.tags}
    assert not re.search(r"@import|url\(|\bsrc=", made)
    assert len(made.encode()) < 102_000  # a page longer than that is cut by Gmail


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_leads_to_its_command(language: str) -> None:
    db = database()
    a_full_day(db)
    facts = facts_of(db)
    made = page(facts, language)
    read = Reader(made)
    commands = dict(re.findall(r'<li id="s(\d+)"><code[^>]*>(.*?)</code>', made))
    figures = [attrs for tag, attrs in read.tags if tag == "a" and attrs.get("class") == "number"]
    assert len(figures) > 30
    for figure in figures:
        number = (figure["href"] or "").removeprefix("#s")
        assert (figure["title"] or "").replace('"', "&#34;") == commands[number]
    assert {(figure["href"] or "")[2:] for figure in figures} == set(commands)
    # The same in plain text: [1] and on, each listed once.
    text = plain(facts, language)
    body, _, listed = text.rpartition("─\n")
    assert set(re.findall(r"\[(\d+)\]", body)) == set(
        re.findall(r"^ *\[(\d+)\] krasae ", listed, re.M)
    )


def test_pictures_are_told_in_words_too() -> None:
    db = database()
    a_full_day(db)
    made = page(facts_of(db))
    assert made.count("<svg") == made.count("</title>\n<desc") == 3
    assert "3 at the end, 3 at most; 0 to 0.2 were expected on average." in made
    assert "▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▃█" in made


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_texts_stay_texts(language: str) -> None:
    facts = a_hostile_day(database())
    made = page(facts, language)
    read = Reader(made)
    tags = {tag for tag, _ in read.tags}
    assert not {"script", "i", "b", "u"} & tags
    assert not [attrs for _, attrs in read.tags if any(name.startswith("on") for name in attrs)]
    assert "1337" not in made
    assert "<script>alert(1)</script>" in read.text
    assert "{{ 7 * 191 }}" in read.text
    hrefs = [attrs["href"] or "" for tag, attrs in read.tags if tag == "a"]
    assert all(href.startswith(("#", "https://x/")) for href in hrefs)
    for form in (made, plain(facts, language)):
        assert not [
            c for c in form if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\u200d"
        ]
        assert not re.search("\u0301{4}|็{4}", form)
        assert max(len(line) for line in form.splitlines()) < 2_000


def test_quotes_are_isolated_from_the_line_around_them() -> None:
    db = database()
    say(db, "مرحبا hello?", at=TENTH.start, brand="bbq", intent="question")
    enriched(db)
    assert "<bdi>مرحبا hello?</bdi>" in page(facts_of(db))


def test_thai_quotes_keep_their_letters() -> None:
    db = database()
    say(db, "น้ำ\u200bจิ้ม อร่อย", at=TENTH.start, brand="bbq", intent="question")
    enriched(db)
    assert "<bdi>น้ำจิ้ม อร่อย</bdi>" in page(facts_of(db), "th")


def test_thai_dates_are_of_the_buddhist_era() -> None:
    db = database()
    a_full_day(db)
    assert "วันพุธ 10 กันยายน 2557" in plain(facts_of(db), "th")
    assert "Wednesday 10 September 2014" in plain(facts_of(db), "en")


@pytest.mark.parametrize(
    ("days", "sources", "said"),
    [
        (0, (), "Nothing has been heard yet."),
        (0, ("bluesky",), "Nothing has been heard yet."),
        (9, (), "Learning: 9 of 28 days of history."),
        (28, ("bluesky",), "bluesky was never heard in these 29 days."),
    ],
)
def test_what_a_day_without_news_says(days: int, sources: tuple[str, ...], said: str) -> None:
    db = database()
    if days:
        history(db, "bbq", days=days, until=TENTH.end)
        enriched(db)
    facts = facts_of(db, sources=sources)
    assert said in Reader(page(facts)).text
    assert said in " ".join(plain(facts).split())


def test_a_calm_day_is_told_calmly() -> None:
    db = database()
    history(db, "bbq", until=TENTH.end)
    enriched(db)
    text = plain(facts_of(db))
    assert "A calm day: nothing unusual." in text
    assert "None. Nobody needs to be disturbed today." in text
    assert "The queue is empty." in text
    assert "Nothing unusual: Bar B Q Plaza" in text


def test_silence_is_not_calm() -> None:
    db = database()
    history(db, "bbq")
    enriched(db)
    text = plain(facts_of(db))
    assert "Not one mention in 24 hours: check the sources." in text
    assert "! stream is silent since 8 Sep 2014 08:30" in text
    assert "calm" not in text.casefold().replace("calm co.", "")


def test_a_calm_day_with_a_silent_source_is_not_called_calm() -> None:
    db = database()
    history(db, "bbq", until=TENTH.end)
    enriched(db)
    text = plain(facts_of(db, sources=("bluesky",)))
    assert "Nothing unusual was heard, but bluesky is silent." in text


def test_long_silence_names_the_last_mention() -> None:
    db = database()
    say(db, "long ago", at=TENTH.start - 60 * DAY_MS, brand="bbq")
    enriched(db)
    for said in (plain(facts_of(db)), Reader(page(facts_of(db))).text):
        assert "The last mention is of 11 Jul 2014 08:30." in said


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast(palette: dict[str, str], front: str, back: str, least: float) -> None:
    light, dark = sorted((luminance(palette[front]), luminance(palette[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least
