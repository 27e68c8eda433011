"""`krasae search` and `krasae query`, as a user sees them."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from krasae.cli import build
from krasae.workspace import Workspace
from listener.errors import NotFoundError, QuerySyntaxError
from listener.index import IndexStage
from listener.model import Mention
from listener.stage import run_to_end
from listener.store import append

NOON = 1_410_242_400_000  # 2014-09-09T13:00 in Bangkok


@pytest.fixture
def config(workspace: Workspace) -> Path:
    """A workspace with three indexed mentions and one that waits."""
    mentions = [
        Mention("x", "1", NOON, "ซื้อiPhoneมา\nดีมาก", followers=12_345, url="https://x.com/1"),
        Mention(
            "x", "2", NOON + 60_000, "evil \x1b]8;;http://a\x07iPhone\x1b[31m \u202eabc \x9b2J"
        ),
        Mention("pantip", "3", NOON + 120_000, "pineapple juice"),
    ]
    append(workspace.db, mentions, source="test", key=workspace.key, now=NOON)
    run_to_end(IndexStage(), workspace.db, now=NOON)
    late = Mention("x", "4", NOON - 60_000, "Café iPhone")
    append(workspace.db, [late], source="test", key=workspace.key, now=NOON)
    workspace.db.execute(
        "INSERT INTO enrichments (mention_seq, language, sentiment, "
        "sentiment_probability, intent, duplicate_key, risks, terms) "
        "VALUES (1, 'th', 'positive', 0.9, 'other', 0, '[]', '[]')"
    )
    workspace.db.execute("INSERT INTO brand_matches VALUES ('apple', 1)")
    return workspace.folder / "config.toml"


def krasae(config: Path, *arguments: str) -> Result:
    return CliRunner(env={"KRASAE_CONFIG": str(config)}).invoke(build(), arguments)


def test_search_lists_hits(config: Path) -> None:
    result = krasae(config, "search", "iphone", "ดี")
    assert result.exit_code == 0
    assert result.stdout == (
        "9 Sep 2014 13:00  x  12.3K followers  positive  th  apple  #1\n"
        "  ซื้อiPhoneมา ดีมาก\n"
        "  https://x.com/1\n"
    )
    assert result.stderr == (
        "1 found. Not indexed yet: 1, which were searched too, but slowly;"
        " `krasae process` indexes them.\n"
    )


def test_nothing_a_terminal_would_obey_is_printed(config: Path) -> None:
    result = krasae(config, "search", "evil")
    line = result.stdout.split("\n")[1]
    assert line == "  evil �]8;;http://a�iPhone�[31m �abc �2J"
    result = krasae(config, "query", "test", "evil")
    assert "\x1b" not in result.output and "\x9b" not in result.output


def test_search_as_json(config: Path) -> None:
    result = krasae(config, "search", "iphone", "--json", "--limit", "2")
    hits = [json.loads(line) for line in result.stdout.splitlines()]
    assert [hit["native_id"] for hit in hits] == ["2", "1"]
    hit = hits[1]
    assert hit["published_at"] == "2014-09-09T06:00:00+00:00"
    assert [hit["text"][start:end] for start, end in hit["spans"]] == ["iPhone"]
    assert (hit["brands"], hit["sentiment"], hit["language"]) == (["apple"], "positive", "th")
    assert result.stderr == ""


def test_filters(config: Path) -> None:
    def found(*arguments: str) -> list[str]:
        result = krasae(config, "search", "--json", *arguments)
        return [json.loads(line)["native_id"] for line in result.stdout.splitlines()]

    assert found("iphone", "--since", "2014-09-09T13:00", "--until", "2014-09-09T13:01") == ["1"]
    assert found("iphone", "--brand", "apple") == ["1"]
    assert found("iphone", "--lang", "th") == ["1"]
    assert found("juice", "--platform", "x") == []
    assert found("--", "-juice iphone") == ["2", "1", "4"]
    assert found("apple") == []


def test_mistakes(config: Path) -> None:
    assert isinstance(krasae(config, "search", "(iphone").exception, QuerySyntaxError)
    assert isinstance(krasae(config, "search", "a", "--brand", "pear").exception, NotFoundError)
    assert krasae(config, "search", "a", "--lang", "thai").exit_code == 2
    assert krasae(config, "search", "a", "--since", "yesterday").exit_code == 2
    nothing = krasae(config, "search", "nothing")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert nothing.stderr.startswith("Nothing found.")


def test_query_test_counts(config: Path) -> None:
    result = krasae(config, "query", "test", "iphone", "--samples", "1")
    assert result.stdout.startswith(
        "3 of 4 mentions (75.00 %)\n"
        "from 9 Sep 2014 12:59 to 9 Sep 2014 13:01\n"
        "platforms: x 3\n"
        "languages: und 2, th 1\n"
        "\n"
        "1 of them, from the newest to the oldest:\n"
        "9 Sep 2014 13:01  x  #2  id 2\n"
    )
    counted = json.loads(krasae(config, "query", "test", "juice", "--json").stdout)
    assert (counted["found"], counted["platforms"]) == (1, {"pantip": 1})


def test_query_explain() -> None:
    query = '("Bar B Q" OR #ของดี) -ดี lang:th "ส่ง ช้า"~5 author:a kind:reply followers<5 has:link'
    result = CliRunner().invoke(build(), ["query", "explain", query])
    own, _, platforms = result.stdout.partition("\nWhat platforms are asked")
    assert own == (
        f"{query}\n"
        "all of\n"
        "├── any of\n"
        "│   ├── the phrase bar b q\n"
        "│   └── the hashtag #ของดี\n"
        "├── not\n"
        "│   └── the word ดี\n"
        "├── the language th\n"
        "├── the words ส่ง, ช้า with at most 5 others among them\n"
        "├── the author a\n"
        "├── the kind reply\n"
        "├── an author with < 5 followers\n"
        "└── a link in the text\n"
        'Index: proposes the mentions that contain (("bar" OR "#ของดี") AND ("ส่ง" AND "ช้า"))\n'
        "Then each of them is held against the whole query.\n"
        "Not asked of the index, or only in part:\n"
        "  -ดี\n"
        "  lang:th\n"
        '  "ส่ง ช้า"~5\n'
        "  author:a\n"
        "  kind:reply\n"
        "  followers<5\n"
        "  has:link\n"
    )
    assert (
        "X, filtered stream:\n"
        '  ("bar b q" OR #ของดี) lang:th ส่ง ช้า from:a -is:retweet has:links\n'
        "  wider: -ดี: judged here"
    ) in platforms
    assert '\nYouTube search:\n  ส่ง ช้า ของดี\n  ส่ง ช้า bar b q\n  wider: "Bar B Q"' in platforms
    assert "\nX, recent search and counts: the same\n" in platforms


def test_query_explain_of_a_platform() -> None:
    result = CliRunner().invoke(build(), ["query", "explain", "apple platform:reddit"])
    assert "X, filtered stream: nothing\n  The query accepts nothing from X.\n" in result.stdout
    assert "Reddit search:\n  apple\n" in result.stdout


def test_query_explain_of_short_words() -> None:
    result = CliRunner().invoke(build(), ["query", "explain", "ดี"])
    assert "All mentions are read, the newest first." in result.stdout
    result = CliRunner().invoke(build(), ["query", "explain", "ดี OR @a", "--json"])
    explained = json.loads(result.stdout)
    platforms = explained.pop("platforms")
    assert platforms["x"]["queries"] == ["ดี OR @a"]
    assert platforms["youtube"]["queries"] == ["ดี|a"]
    assert platforms["youtube"]["widened"] == ["@a: asked as a"]
    assert explained == {
        "query": "ดี OR @a",
        "tree": {
            "kind": "or",
            "parts": [{"kind": "term", "text": "ดี"}, {"kind": "handle", "name": "a"}],
        },
        "match": None,
        "local": ["ดี OR @a"],
    }
