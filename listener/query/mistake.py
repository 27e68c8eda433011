"""What is wrong with a query, and at which of its characters."""


class MistakeError(Exception):
    """Raised while a query is read; `parse` makes a QuerySyntaxError of it, with a caret."""

    def __init__(self, message: str, at: int, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.remedy = remedy
