"""The `krasae` command."""

import sys


def main() -> None:
    """Run the command; our errors become one message and an exit code."""
    from krasae.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
