"""The command line: a command parses, calls a room, prints. One file per command group.

Every file named in GROUPS has a `register(app)`. It imports only typer and the standard
library at the top, and the rooms inside its functions: `krasae --help` must be quick.
"""

import sys
from importlib import import_module

import typer

GROUPS = (
    "init",
    "doctor",
    "imports",
    "process",
    "search",
    "alerts",
    "issues",
    "digest",
    "backtest",
    "erase",
    "demo",
)


def build() -> typer.Typer:
    """The application with all its commands."""
    app = typer.Typer(
        name="krasae",
        help="Social listening and trend detection, in Thai and English, on your own machine.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for group in GROUPS:
        import_module(f"krasae.cli.{group}").register(app)
    return app


def run() -> int:
    """Run the command line; the exit code."""
    from listener.errors import KrasaeError

    try:
        build()(standalone_mode=True)
    except KrasaeError as error:
        print(f"krasae: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("krasae: interrupted; what was committed is kept.", file=sys.stderr)
        return 130
    return 0
