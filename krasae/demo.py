"""The demo: a workspace of twelve companies, and the tweets of 2014 about them."""

from importlib.resources import files
from pathlib import Path

from krasae.initialise import create
from krasae.settings import load_settings, parse_settings
from listener.errors import SettingsError

DATA = "krasae.demo_data"
POSTS = "stocknet_2014.jsonl.gz"
PROFILE = "stocknet"


def posts() -> Path:
    """The bundled posts (StockNet, MIT; see NOTICE)."""
    return Path(str(files(DATA).joinpath(POSTS)))


def make_workspace(folder: Path) -> Path:
    """Make the demo's workspace anew in `folder`; its config.toml.

    Only a workspace of the demo itself is replaced.
    """
    text = files(DATA).joinpath("config.toml").read_text("utf-8")
    settings = parse_settings(text, Path("config.toml"), {})
    config = folder / "config.toml"
    if config.exists():
        if load_settings(config).workspace.name != settings.workspace.name:
            raise SettingsError(
                f"{config} is not the demo's. Nothing was written.",
                remedy="Give the demo a folder of its own with --folder.",
            )
        for old in folder.glob(f"{settings.workspace.database}*"):
            old.unlink()
    create(folder, settings, force=True)
    return config
