"""config.toml is read whole or refused, with everything that is wrong in it at once."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from krasae.settings import Settings, load_settings
from listener.errors import SettingsError
from listener.refusals import line_of

GOOD = """\
[workspace]
name = "Café กระแส"

[[brands]]
id = "apple"
name = "Apple"
query = "apple OR $aapl"
own = true

[[sources]]
name = "news"
type = "rss"
options = { feeds = ["https://example.org/feed"], token = "env:NEWS_TOKEN" }

[retention]
platforms = { youtube = 30 }
"""


def write(folder: Path, text: str, secrets: str = "NEWS_TOKEN=t0ken\n") -> Path:
    (folder / ".env").write_text(secrets, "utf-8")
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert caught.value.remedy
    assert caught.value.exit_code == 3
    return caught.value.message


def test_a_good_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD))
    assert settings.workspace.name == "Café กระแส"
    assert settings.workspace.timezone == "Asia/Bangkok"
    assert settings.brands[0].own
    assert settings.retention.platforms == {"youtube": 30}
    assert settings.trends.alarms_per_week == 3
    token = settings.sources[0].options["token"]
    assert isinstance(token, SecretStr)
    assert token.get_secret_value() == "t0ken"
    assert "t0ken" not in repr(settings)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[[brands]]\nid='b'\nname='B'\nqeury='b'", "line 4: brands[0].qeury: there is no such"),
        ("[[brands]]\nid='b'\nname='B'\nqeury='b'", "did you mean `query`?"),
        ("[[brands]]\nid='b'\nname='B'", "line 1: brands[0].query: is missing: what"),
        ("[[brands]]\nid='B b'\nname='B'\nquery='b'", "line 2: brands[0].id: expected at most 64"),
        ("[[brands]]\nid='b'\nname='B'\nquery='a OR'", "\n      a OR\n          ^"),
        ("[brands]\nid='b'", "line 1: brands: is a list of sections: write [[brands]] with two"),
        ("[trend]\nx=1", "line 1: trend: there is no such key; did you mean `trends`?"),
        ("[qqqq]", "line 1: qqqq: there is no such key; there are: workspace, brands, authors,"),
        ("[alerts]\nalarms_per_week=1", "line 2: alerts.alarms_per_week: there is no such key"),
        ("[alerts]\nalarms_per_week=1", "it belongs under [trends]"),
        ("[trends]\nalarms_per_week='3'", 'alarms_per_week: expected a number, not "3"'),
        ("[trends]\nalarms_per_week=0", "alarms_per_week: expected more than 0, not 0"),
        ("[trends]\nalarms_per_week=nan", "alarms_per_week: expected 700 at most, not NaN"),
        ("[trends]\nbucket_minutes=1", "bucket_minutes: expected 5 or more, not 1"),
        ("[trends]\nbucket_minutes=1.5", "bucket_minutes: expected a whole number, not 1.5"),
        ("[retention]\ndays=true", "retention.days: expected a whole number, not true"),
        ("[retention]\n\nplatforms={ x=0 }", "line 3: retention.platforms.x: expected 1 or more"),
        ("[authors]\nhash='no'", 'authors.hash: expected true or false, not "no"'),
        ("[nlp]\nwords='a'", 'nlp.words: expected a list: [..., ...], not "a"'),
        ("[digest]\nhour='8:30'", 'digest.hour: expected a time of day like "08:30", not "8:30"'),
        ("[digest]\nlanguage='fr'", "digest.language: expected 'th' or 'en', not \"fr\""),
        ("authors = 3", "authors: expected a section of its own, not 3"),
        ("[[channels]]\nname='a'\ntype='x'\noptions={u='env:NOPE'}",
         "line 4: channels[0].options.u: the environment variable NOPE is not set; set it in .env"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_line_key_and_what_belongs_there(
    tmp_path: Path, line: str, says: str
) -> None:
    path = write(tmp_path, f"{line}\n[workspace]\nname = 'x'\n")
    message = refusal(path)
    assert says in message
    assert str(path) in message


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("Asia/Bangkokk", "did you mean Asia/Bangkok?"),
        ("bangkok", "did you mean Asia/Bangkok?"),
        ("asia/bangkok", "did you mean Asia/Bangkok?"),
        ("New York", "did you mean America/New_York?"),
        ("../../etc/passwd", "expected one like Asia/Bangkok"),
        ("", "expected one like Asia/Bangkok"),
        ("Asia", "there is no time zone"),
    ],
)
def test_a_time_zone_that_is_none(tmp_path: Path, zone: str, says: str) -> None:
    message = refusal(write(tmp_path, f"[workspace]\nname = 'x'\ntimezone = '{zone}'\n"))
    assert f'line 3: workspace.timezone: there is no time zone "{zone}"' in message
    assert says in message


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("own = true", "onw = true").replace("30", "-1") + (
        "[[brands]]\nid = 'apple'\nname = ''\nquery = '('\n[digset]\n"
    )
    message = refusal(write(tmp_path, text, secrets=""))
    assert "7 things are wrong" in message
    for key in (
        "brands[0].onw", "brands[1].id", "brands[1].name", "brands[1].query", "digset",
        "retention.platforms.youtube", "sources[0].options.token",
    ):  # fmt: skip
        assert f"{key}: " in message
    numbers = [int(line.split()[1][:-1]) for line in message.splitlines() if "  line " in line]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("section", "key"), [("brands", "id"), ("sources", "name"), ("channels", "name")]
)
def test_names_differ(tmp_path: Path, section: str, key: str) -> None:
    rest = "name='x'\nquery='x'" if section == "brands" else "type='x'"
    one = f"[[{section}]]\n{key}='twin'\n{rest}\n"
    message = refusal(write(tmp_path, f"[workspace]\nname='x'\n{one}{one}"))
    assert f'{section}[1].{key}: "twin" is already {section}[0].{key}; each must differ' in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[workspace\nname = 'x'\n", "line 1: this is not TOML"),
        (b"[workspace]\nname = x\n", "Invalid value.\n  name = x\n         ^"),
        (b"[workspace]\nname = 'x'\nname = 'y'\n", "line 3: this is not TOML: Cannot overwrite"),
        (b"[workspace]\nname = 'x", "line 2: this is not TOML"),
        (b"[workspace]\nname = '\xe0\xb8'\n", "line 2: this is not UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_toml(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    assert says in refusal(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "There is no configuration at" in refusal(tmp_path / "config.toml")
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_settings(path).brands[0].query == "apple OR $aapl"


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        settings.workspace.name = "other"  # type: ignore[misc]


def test_lines_are_found_in_values_of_many_lines() -> None:
    text = (
        '# \u2028 and \x85 end no line\n[workspace]\nname = """\nmany\nlines\n"""\n'
        'words = [\n  1,\n  2,\n]\n\n[[brands]]\nid = "a"\n[[brands]]\nid = "b"\nx = {y = 1}\n'
    )
    lines = {
        ("workspace",): 2,
        ("workspace", "name"): 3,
        ("workspace", "words"): 7,
        ("workspace", "words", 1): 7,
        ("brands", 0): 12,
        ("brands", 0, "id"): 13,
        ("brands", 1): 14,
        ("brands", 1, "x", "y"): 16,
        ("brands", 1, "query"): 14,  # not there: its section
        ("nothing",): None,
    }
    assert {place: line_of(text, place) for place in lines} == lines


def test_each_setting_says_what_it_is() -> None:
    from krasae.reference import sections

    for name, model, _ in sections():
        assert model.__doc__ is not None
        assert f"[{name}]" in model.__doc__
        for key, field in model.model_fields.items():
            assert field.description, f"{name}.{key} has no description"
    assert {name for name, _, _ in sections()} == set(Settings.model_fields)
