"""How explained queries look in a terminal and as JSON. Imported when they print."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from krasae.cli.search_view import say
from listener.printable import printable
from listener.query import Node, fts
from listener.query.literal import literal, word
from listener.query.platforms import FORMS, Compiled
from listener.query.tree import (
    And,
    Cashtag,
    Field,
    Followers,
    Handle,
    Hashtag,
    HasLink,
    Leaf,
    Near,
    Not,
    Or,
    Term,
)

_MOST_NOTES = 20


def explained_values(node: Node) -> dict[str, Any]:
    """An explained query for programs."""
    index = fts(node)
    return {
        "query": str(node),
        "tree": _tree_values(node),
        "match": index.match,
        "local": [str(part) for part in index.local],
        "platforms": {form.name: asdict(form.compile(node)) for form in FORMS},
    }


def print_explained(console: Console, node: Node) -> None:
    """The query as it is understood, as a tree; then who does what."""
    say(console, Text(printable(str(node)), "bold"))
    console.print(_grown(Tree(Text(_name(node))), node))
    index = fts(node)
    if index.match is None:
        say(console, Text("Index: no help, for it knows words of three characters and more."))
        say(console, Text("All mentions are read, the newest first."))
    else:
        say(console, Text(f"Index: proposes the mentions that contain {printable(index.match)}"))
    say(console, Text("Then each of them is held against the whole query."))
    if index.match is not None and index.local:
        say(console, Text("Not asked of the index, or only in part:"))
        for part in index.local:
            say(console, Text(printable(str(part))), indent=2)
    _print_platforms(console, node)


def _print_platforms(console: Console, node: Node) -> None:
    say(console, Text(""))
    say(console, Text("What platforms are asked; what they send is held against the query too:"))
    before: Compiled | None = None
    for form in FORMS:
        compiled = form.compile(node)
        if compiled == before:
            say(console, Text.assemble((form.title, "bold"), ": the same"))
            continue
        before = compiled
        say(console, Text.assemble((form.title, "bold"), ":" if compiled.queries else ": nothing"))
        for query in compiled.queries:
            say(console, Text(printable(query), "cyan"), indent=2)
        if compiled.unasked:
            say(console, Text(compiled.unasked), indent=2)
        for kind, notes in (("wider", compiled.widened), ("may be missed", compiled.missed)):
            if notes:
                line = "; ".join(map(printable, notes[:_MOST_NOTES]))
                if len(notes) > _MOST_NOTES:
                    line += f"; and {len(notes) - _MOST_NOTES:,} more"
                say(console, Text(f"{kind}: {line}", "dim"), indent=2)


def _grown(tree: Tree, node: Node) -> Tree:
    for part in _parts(node):
        _grown(tree.add(Text(_name(part))), part)
    return tree


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Not):
        return (node.part,)
    return node.parts if isinstance(node, And | Or) else ()


def _tree_values(node: Node) -> dict[str, Any]:
    kind = type(node).__name__.lower()
    if isinstance(node, And | Or | Not):
        return {"kind": kind, "parts": [_tree_values(part) for part in _parts(node)]}
    return {"kind": kind} | asdict(node)


def _name(node: Node) -> str:
    match node:
        case And():
            return "all of"
        case Or():
            return "any of"
        case Not():
            return "not"
        case _:
            return printable(_leaf_name(node))


def _leaf_name(node: Leaf) -> str:
    match node:
        case Term(text):
            kind = "phrase" if " " in text else "word"
            return f"the {kind} {literal(node).text}"
        case Hashtag() | Cashtag() | Handle():
            kind = {Hashtag: "hashtag", Cashtag: "ticker", Handle: "account"}[type(node)]
            return f"the {kind} {literal(node).text}"
        case Near(words, distance):
            names = ", ".join(word(text).text for text in words)
            return f"the words {names} with at most {distance} others among them"
        case Followers(comparison, count):
            return f"an author with {comparison} {count:,} followers"
        case HasLink():
            return "a link in the text"
        case Field(name, value):
            return f"{_FIELDS[name]} {value}"


_FIELDS = {
    "lang": "the language",
    "platform": "the platform",
    "author": "the author",
    "label": "the label",
    "kind": "the kind",
}
