"""The query language."""


def parse(query: str) -> object:
    """Parse a query."""
    return query
