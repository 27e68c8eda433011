"""`krasae process`: run what is pending."""

import typer


def register(app: typer.Typer) -> None:
    """Add this group's commands."""

    @app.command()
    def process() -> None:
        """Run every stage that has something to do."""

    @app.command()
    def stages() -> None:
        """Show the stages and what waits before each."""
