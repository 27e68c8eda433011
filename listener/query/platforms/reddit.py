"""Reddit's search of submissions; comments cannot be searched.

AND, OR in capitals, parentheses, "exact phrases", `author:`; 512 characters. Exclusions are
not asked: the search goes by stems and by more than the text.
https://support.reddithelp.com/hc/en-us/articles/19696541895316-Available-search-features
"""

import re

from listener.query.platforms.compiled import Compiled
from listener.query.platforms.fitting import Fitting
from listener.query.platforms.wanted import EVERY, Asked
from listener.query.platforms.widening import Answer, Widening
from listener.query.platforms.word_search import NOT_ASKED, WordSearch
from listener.query.tree import Field, Node

LONGEST = 512
_NAME = re.compile(r"[A-Za-z0-9_-]{3,20}")


def compile(node: Node) -> Compiled:  # noqa: A001
    """The searches."""
    return Widening(node, _Reddit("reddit", "Reddit")).asked_as(Fitting(LONGEST, " AND "))


class _Reddit(WordSearch):
    def field(self, leaf: Field) -> Answer:
        if leaf.name == "author" and _NAME.fullmatch(leaf.value):
            return Answer(Asked(f'author:"{leaf.value}"'))
        return Answer(EVERY, NOT_ASKED)
