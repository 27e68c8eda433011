"""The signed webhook: who is let in, what a body may be, and that its page tells the truth."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr, ValidationError

from krasae.cli.options import now_ms
from listener.collect.station import Surroundings, hear, stations
from listener.errors import NotFoundError
from listener.importers.profile import FIELDS
from listener.model import Mention
from listener.payloads.webhook import NATIVE
from listener.receive import app
from listener.settings import SourceSettings
from listener.source import Batch, Call, Delivery, Reply
from listener.sources.webhook import WebhookOptions, answer
from tests.listener.collect.scripted import KEY
from tests.listener.receive.doors import NOW, SECRET, opened, signed

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "sources" / "webhook.md").read_text("utf-8")
OPTIONS = WebhookOptions(secrets=(SecretStr("old"), SecretStr("new")))
BODY = b'{"text": "iced tea"}'


def called(headers: dict[str, str], *, body: bytes = BODY, now: int = NOW) -> Reply:
    return answer(OPTIONS, Call("POST", headers, {}, body), now)


def test_each_of_several_secrets_is_good() -> None:
    assert called(signed(BODY, secret="old")).keep
    assert called(signed(BODY, secret="new")).keep
    assert called(signed(BODY, secret="older")).status == 401


def test_a_sender_may_sign_with_several() -> None:
    new = signed(BODY, secret="new")
    both = signed(BODY, secret="next")["x-krasae-signature"] + " , " + new["x-krasae-signature"]
    assert called({**new, "x-krasae-signature": both}).keep
    many = ",".join(["v1=0"] * 1000) + "," + new["x-krasae-signature"]
    assert called({**new, "x-krasae-signature": many}).status == 401


@pytest.mark.parametrize(
    ("seconds", "status"), [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)]
)
def test_an_old_call_is_not_taken_again(seconds: int, status: int) -> None:
    headers = signed(BODY, secret="new", now=NOW + seconds * 1000)
    assert called(headers).status == status


def test_the_time_is_signed_too() -> None:
    headers = signed(BODY, secret="new")
    later = str(NOW // 1000 + 1)
    assert called({**headers, "x-krasae-timestamp": later}).status == 401


@pytest.mark.parametrize("told", ["", "now", "1e9", "-5", "٣٤", "1" * 30, "1795521600.0"])
def test_a_time_that_is_none_is_refused(told: str) -> None:
    headers = signed(BODY, secret="new")
    assert called({**headers, "x-krasae-timestamp": told}).status == 401


@pytest.mark.parametrize("secrets", [[], ["plain"], ["env:NOT_REVEALED"]])
def test_secrets_must_come_from_the_environment(secrets: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        WebhookOptions.model_validate({"secrets": secrets})
    assert "plain" not in repr(caught.value.errors(include_input=False))


def heard(folder: Path, *bodies: bytes, **options: Any) -> list[Batch]:
    """What the source makes of these bodies."""
    settings = {"secrets": [SecretStr(SECRET)], **options}
    [station] = stations([SourceSettings(name="it", type="webhook", options=settings)])
    surroundings = Surroundings(folder, "Asia/Bangkok", {}, KEY)
    context = surroundings.context(station, now=lambda: NOW, wait=lambda _: False)
    box = [Delivery(number, NOW, body) for number, body in enumerate(bodies, 1)]

    class Box:
        def after(self, number: int, most: int) -> list[Delivery]:
            return [one for one in box if one.number > number][:most]

    return list(hear(station, replace(context, inbox=Box()), None))


ROW = {"text": "ชาเย็น", "published_at": 1_795_500_000, "native_id": "1"}


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(ROW),
        orjson.dumps(ROW, option=orjson.OPT_INDENT_2),
        orjson.dumps([ROW]),
        orjson.dumps([ROW], option=orjson.OPT_INDENT_2),
        orjson.dumps(ROW) + b"\n",
        b"\xef\xbb\xbf" + orjson.dumps(ROW),
        b"\r\n" + orjson.dumps(ROW) + b"\r\n\r\n",
    ],
)
def test_one_row_may_come_in_many_forms(tmp_path: Path, body: bytes) -> None:
    batch, _ = heard(tmp_path, body)
    assert batch == Batch(
        batch.cursor,
        (Mention("webhook", "1", 1_795_500_000_000, "ชาเย็น"),),
        taken=1,
    )


def test_bad_rows_are_named_and_the_good_ones_kept(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "text": " "}, {**ROW, "native_id": "2"}, {"text": "no time"}, 7]
    batch, _ = heard(tmp_path, orjson.dumps(rows))
    assert [mention.native_id for mention in batch.mentions] == ["1", "2"]
    assert batch.refused == 3
    assert batch.problem == "row 2: there is no text (3 of 5 rows refused)"


def test_a_broken_line_spoils_itself_alone(tmp_path: Path) -> None:
    lines = b"\n".join([orjson.dumps(ROW), b'{"text": "cut', orjson.dumps({**ROW, "text": "b"})])
    batch, _ = heard(tmp_path, lines)
    assert [mention.text for mention in batch.mentions] == ["ชาเย็น", "b"]
    assert (batch.problem or "").startswith("row 2: it is not JSON")


def test_a_body_without_rows_is_told(tmp_path: Path) -> None:
    first, second, _ = heard(tmp_path, b"[]", b"<html>")
    assert first.problem == "there is no row in a delivery"
    assert (second.problem or "").startswith("row 1: it is not JSON")
    assert (first.taken, second.taken) == (1, 2)


PROFILE = """\
platform = "shop"
kind = "review"
url = "https://shop.example.org/{native_id}"

[columns]
text = "comment.body"
published_at = "created"
native_id = "id"
labels = "stars"
"""


def test_a_profile_says_which_key_is_what(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "shop.toml").write_text(PROFILE, "utf-8")
    row = {"id": 7, "comment": {"body": "ok"}, "created": "24/11/2026 10:00", "stars": "5"}
    body = orjson.dumps({"data": {"items": [row, None]}, "page": 1})
    batch, _ = heard(tmp_path, body, profile="shop", rows="data.items")
    [mention] = batch.mentions
    assert mention == Mention(
        "shop",
        "7",
        1_795_489_200_000,
        "ok",
        kind=mention.kind,
        url="https://shop.example.org/7",
        labels=("5",),
    )
    assert mention.kind == "review"
    assert batch.problem == "row 2: there is no object at data.items (1 of 2 rows refused)"


def test_a_profile_that_is_not_there_lets_deliveries_wait(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match='no profile "nope"'):
        heard(tmp_path, BODY, profile="nope")


def test_a_platform_is_for_rows_that_name_none(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "native_id": "2", "platform": "pantip"}]
    batch, _ = heard(tmp_path, orjson.dumps(rows), platform="reviews")
    assert [mention.platform for mention in batch.mentions] == ["reviews", "pantip"]


def test_an_id_that_is_made_does_not_tell_the_author(tmp_path: Path) -> None:
    row = {"text": "t", "published_at": 1_795_500_000, "author": "ann"}
    batch, again, _ = heard(tmp_path, orjson.dumps(row), orjson.dumps([row]))
    assert batch.mentions == again.mentions
    assert batch.mentions[0].native_id.startswith("~")


def block(language: str) -> str:
    """The page's example in that language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert "https://hooks.example.org" in found
    return str(found)


@pytest.mark.parametrize("language", ["bash", "python"])
def test_the_examples_on_the_page_work(language: str, tmp_path: Path) -> None:
    tools = ("bash", "curl", "openssl") if language == "bash" else ()
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed")
    program = ["bash", "-e", "-c"] if language == "bash" else [sys.executable, "-c"]
    with opened(now=now_ms) as door:
        text = block(language).replace("https://hooks.example.org", f"http://127.0.0.1:{door.port}")
        ran = subprocess.run(
            [*program, text],
            env={"PATH": os.environ["PATH"], "HOOK_SECRET": SECRET},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "kept", "")
    [(name, body)] = door.kept
    assert name == "reviews"
    batch, _ = heard(tmp_path, body)
    assert len(batch.mentions) == 1
    assert batch.problem is None


def test_the_page_names_every_key() -> None:
    table = PAGE.partition("## What a body holds")[2]
    named = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.M))))
    assert named == set(FIELDS)
    assert set(NATIVE.columns) == set(FIELDS)


def test_every_answer_of_the_door_is_in_the_docs() -> None:
    page = (DOCS / "webhooks.md").read_text("utf-8")
    code = Path(app.__file__).read_text("utf-8")
    known = set(re.findall(r"\b\d{3}\b", " ".join(re.findall(r"^\| (\d.*?) \|", page, re.M))))
    assert set(re.findall(r"_said\((\d{3})", code)) <= known
    assert {"200", "400", "401", "403", "405"} <= known
