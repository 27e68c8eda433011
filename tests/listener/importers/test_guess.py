"""Guessing the columns of exports that come without a profile."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from listener.errors import InputError, NotFoundError, SettingsError
from listener.importers import read_mentions
from listener.importers.choose import Wishes, choose
from listener.model import Mention

NOW = 1_767_225_600_000
Guess = Callable[..., dict[str, tuple[str, ...]]]


@pytest.fixture
def guess(tmp_path: Path) -> Guess:
    """The columns guessed for a CSV text."""

    def guessing(text: str, *maps: str) -> dict[str, tuple[str, ...]]:
        path = tmp_path / "posts.csv"
        path.write_text(text, "utf-8")
        return dict(
            choose(path, Wishes(maps=maps), folder=None, timezone="UTC", now=NOW).profile.columns
        )

    return guessing


def test_an_english_export(guess: Guess) -> None:
    found = guess(
        "Mention ID,Post Date,Source Type,Author Name,Followers Count,Message,Permalink,"
        "Likes,Shares,Comments,Tags,Sentiment\n"
        "a1,2014-12-31 23:10,Twitter,Somchai,1.2K,hello there,https://x.com/1,5,2,1,launch,+\n"
        "a2,2014-12-31 23:11,Facebook,Somying,900,good food,https://f.com/2,1,0,0,,-\n"
    )
    assert found == {
        "platform": ("Source Type",),
        "native_id": ("Mention ID",),
        "published_at": ("Post Date",),
        "text": ("Message",),
        "author": ("Author Name",),
        "followers": ("Followers Count",),
        "url": ("Permalink",),
        "likes": ("Likes",),
        "reposts": ("Shares",),
        "replies": ("Comments",),
        "labels": ("Tags",),
    }


def test_a_thai_export(guess: Guess) -> None:
    found = guess(
        "ลำดับ,วันที่,เวลา,ช่องทาง,ชื่อผู้ใช้,ข้อความ,ลิงก์,จำนวนไลก์,จำนวนแชร์,จำนวนความคิดเห็น\n"
        '1,31/12/2556,23:10 น.,เฟซบุ๊ก,สมชาย,อร่อยมาก,https://fb.com/1,"1,234",5,0\n'
    )
    assert found == {
        "platform": ("ช่องทาง",),
        "published_at": ("วันที่", "เวลา"),
        "text": ("ข้อความ",),
        "author": ("ชื่อผู้ใช้",),
        "url": ("ลิงก์",),
        "likes": ("จำนวนไลก์",),
        "reposts": ("จำนวนแชร์",),
        "replies": ("จำนวนความคิดเห็น",),
    }


def test_columns_are_judged_by_what_is_in_them(guess: Guess) -> None:
    found = guess(
        "id,date,created,comment,text,source,url,score\n"
        "1,soon,2014-01-01T10:00:00Z,3,hello,Twitter for iPhone,see below,high\n"
        "2,later,2014-01-02T10:00:00Z,4,hi there,Twitter Web,see above,low\n"
    )
    # id numbers the rows, date is no date, comment is a count, source is an app ...
    assert found == {"published_at": ("created",), "text": ("text",)}


def test_a_headline_goes_before_the_text(guess: Guess) -> None:
    found = guess("title,selftext,created_utc\nA headline,and more,1388531408\n")
    assert found["text"] == ("title", "selftext")
    assert guess("title,created_utc\nA headline,1388531408\n")["text"] == ("title",)


def test_what_is_stated_wins_and_is_not_used_twice(guess: Guess) -> None:
    text = "id,text,message,created,likes\nx,hello,hi there,2014-01-01,5\n"
    found = guess(text, "text=message", "id=", "labels=text")
    assert found == {
        "published_at": ("created",),
        "text": ("message",),
        "likes": ("likes",),
        "labels": ("text",),
    }
    assert guess(text, "text=message", "text=text")["text"] == ("message", "text")


def test_inner_objects_of_json(tmp_path: Path) -> None:
    path = tmp_path / "tweets.jsonl"
    tweet = {
        "created_at": "Tue Dec 31 23:10:08 +0000 2013",
        "id": 418157151946035200,
        "text": "hello",
        "user": {"screen_name": "somchai", "followers_count": 6},
    }
    path.write_text(json.dumps(tweet))
    choice = choose(path, Wishes(platform="x"), folder=None, timezone="UTC", now=NOW)
    (mention,) = read_mentions(path, choice.profile, timezone="UTC", now=NOW)
    assert isinstance(mention, Mention)
    assert (mention.author, mention.followers, mention.platform) == ("somchai", 6, "x")


def test_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Date", "Content"])
    book.active.append([41639.9653703704, "hello"])
    path = tmp_path / "posts.xlsx"
    book.save(path)
    found = choose(path, Wishes(), folder=None, timezone="UTC", now=NOW).profile.columns
    assert found == {"published_at": ("Date",), "text": ("Content",)}


def test_a_file_that_breaks_off_is_guessed_by_what_there_is(tmp_path: Path) -> None:
    import gzip
    import random

    chance = random.Random(1)
    lines = [f"{chance.getrandbits(200)},2014-01-01\n" for _ in range(3000)]
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(gzip.compress(("x,created\n" + "".join(lines)).encode())[:-3000])
    wishes = Wishes(maps=("text=x",))
    choice = choose(path, wishes, folder=None, timezone="UTC", now=NOW)
    assert choice.profile.columns["published_at"] == ("created",)


def test_a_header_alone_is_guessed_by_names(guess: Guess) -> None:
    assert guess("id,created_at,message\n") == {
        "native_id": ("id",),
        "published_at": ("created_at",),
        "text": ("message",),
    }


def test_nothing_to_go_by_names_the_columns(guess: Guess) -> None:
    with pytest.raises(InputError, match="no column looks like text or like published_at") as error:
        guess("a,b\x1b[31m\n1,2\n")
    assert '"a"' in error.value.remedy
    assert "--map text=COLUMN --map published_at=COLUMN" in error.value.remedy
    assert "\x1b" not in error.value.remedy


def test_wrong_maps(guess: Guess) -> None:
    with pytest.raises(InputError, match="which column is what"):
        guess("a,b\n1,2\n", "text")
    with pytest.raises(InputError, match='no field "colour"'):
        guess("a,b\n1,2\n", "colour=a")
    with pytest.raises(InputError, match='no column "mesage"') as error:
        guess("message,created\nhi,2014-01-01\n", "text=mesage")
    assert error.value.remedy == 'Did you mean "message"?'


def test_wishes_on_top_of_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("{}")
    wishes = Wishes(
        profile="reddit", maps=("author=user", "labels="), platform="forum", day_first=False
    )
    profile = choose(path, wishes, folder=None, timezone="UTC", now=NOW).profile
    assert profile.columns["author"] == ("user",)
    assert "labels" not in profile.columns
    assert (profile.platform, profile.time.dayfirst, profile.time.unit) == ("forum", False, "s")
    with pytest.raises(NotFoundError):
        choose(path, Wishes(profile="nothing"), folder=None, timezone="UTC", now=NOW)
    with pytest.raises(SettingsError, match="text must name a column"):
        choose(
            path, Wishes(profile="reddit", maps=("text=",)), folder=None, timezone="UTC", now=NOW
        )


@pytest.mark.parametrize(
    ("dates", "first", "note"),
    [
        (["5/6/2014", "31/12/2014"], "2014-06-05", False),
        (["5/6/2014", "12/31/2014"], "2014-05-06", False),
        (["5/6/2014", "6/7/2014"], "2014-06-05", True),
        (["5/6/2014"] * 3000 + ["12/31/2014"], "2014-05-06", False),
        (["2014-06-05"], "2014-06-05", False),
    ],
)
def test_the_order_of_day_and_month_is_proved_by_the_file(
    tmp_path: Path, dates: list[str], first: str, note: bool
) -> None:
    from datetime import UTC, datetime

    from listener.importers.profile import checked
    from listener.importers.reading import Reading

    path = tmp_path / "posts.csv"
    path.write_text("Text,Time\n" + "".join(f"a,{date}\n" for date in dates))
    profile = checked({"columns": {"text": "text", "published_at": "time"}}, where="test")
    with Reading(path, profile, timezone="UTC", now=NOW) as reading:
        mention = next(iter(reading))
        assert isinstance(mention, Mention)
        assert f"{datetime.fromtimestamp(mention.published_at / 1000, UTC):%Y-%m-%d}" == first
        assert any("day first" in text for text in reading.notes) is note
    stated: Any = checked({**profile.model_dump(), "time": {"dayfirst": False}}, where="test")
    with Reading(path, stated, timezone="UTC", now=NOW) as reading:
        assert not any("day first" in text for text in reading.notes)
