"""A query widened to what SQLite's FTS5 trigram index can find; the matcher does the rest.

The index finds runs of three characters or more. What is shorter, and every condition
on something other than words, is left out of the expression. What it finds is always a
superset of what the query accepts.
"""

from dataclasses import dataclass

from listener.query.literal import literal, word
from listener.query.tree import And, Cashtag, Handle, Hashtag, Near, Node, Or, Term

SHORTEST = 3


@dataclass(frozen=True, slots=True)
class FullText:
    """A MATCH expression over `mentions_fts`, or None when only reading all texts will do.

    `local` are the conditions that the expression leaves out or weakens.
    """

    match: str | None
    local: tuple[Node, ...]


def fts(node: Node) -> FullText:
    """The expression that finds at least what the query accepts."""
    local: list[Node] = []
    return FullText(_expression(node, local), tuple(local))


def _expression(node: Node, local: list[Node]) -> str | None:
    match node:
        case Term() | Hashtag() | Cashtag() | Handle():
            found = _contains([literal(node).text])
            if found is None:
                local.append(node)
            return found
        case Near(words, _):
            local.append(node)
            return _contains([word(text).text for text in words])
        case And(parts):
            known = [some for part in parts if (some := _expression(part, local))]
            return _joined(" AND ", known)
        case Or(parts):
            weakened: list[Node] = []
            either = [_expression(part, weakened) for part in parts]
            if None in either:  # and so the index cannot help with any of them
                local.append(node)
                return None
            local += weakened
            return _joined(" OR ", [some for some in either if some])
        case _:
            local.append(node)
            return None


def _contains(texts: list[str]) -> str | None:
    """Texts without their white space, which is not one space in every mention."""
    pieces = [piece for text in texts for piece in text.split() if len(piece) >= SHORTEST]
    return _joined(" AND ", [_quoted(piece) for piece in dict.fromkeys(pieces)])


def _joined(operator: str, parts: list[str]) -> str | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return f"({operator.join(parts)})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
