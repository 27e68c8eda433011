"""Secrets come from the environment, and from .env where the environment has none."""

from pathlib import Path

import pytest

from krasae.environment import read_environment
from krasae.workspace import open_workspace
from listener.errors import SettingsError

KEY = "a secret of more than sixteen characters"


def test_a_variable_that_is_really_set_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "# mine\nKRASAE_A='file # $HOME'\nexport KRASAE_B=\"ก\"\nNOTHING\n"
    )
    assert read_environment(tmp_path, {"KRASAE_A": "real"}) == {"KRASAE_A": "real", "KRASAE_B": "ก"}
    assert read_environment(tmp_path, {})["KRASAE_A"] == "file # $HOME"
    monkeypatch.setenv("KRASAE_B", "from the process")
    assert read_environment(tmp_path)["KRASAE_B"] == "from the process"


def test_without_a_file_the_environment_is_used_alone(tmp_path: Path) -> None:
    assert read_environment(tmp_path, {"A": "b"}) == {"A": "b"}


@pytest.mark.parametrize("content", [b"A=b\nB='never closed\n", b"A=\xff\n"])
def test_a_bad_file_is_refused_without_showing_what_is_in_it(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_environment(tmp_path, {})
    assert str(tmp_path / ".env") in caught.value.message
    assert "never closed" not in str(caught.value)


def test_a_workspace_reads_its_key_from_the_file(workspace_folder: Path) -> None:
    config = workspace_folder / "config.toml"
    with open_workspace(config, create=True, environment={}) as opened:
        from_file = opened.key.fingerprint
    (workspace_folder / ".env").unlink()
    with (
        pytest.raises(SettingsError, match="missing or shorter"),
        open_workspace(config, environment={}),
    ):
        pass
    with (
        pytest.raises(SettingsError, match="not the one this database was written with"),
        open_workspace(config, environment={"KRASAE_AUTHOR_KEY": KEY}) as opened,
    ):
        assert opened.key.fingerprint == from_file


@pytest.mark.parametrize("read_only", [False, True])
def test_another_key_is_refused(workspace_folder: Path, read_only: bool) -> None:
    config = workspace_folder / "config.toml"
    with open_workspace(config, create=True, environment={"KRASAE_AUTHOR_KEY": KEY}):
        pass
    with (
        pytest.raises(SettingsError, match="--adopt-key"),
        open_workspace(config, read_only=read_only, environment={}),
    ):
        pass
