"""The query language: one query for the local matcher, the search and the sources."""

from listener.query.brands import BrandMatcher
from listener.query.document import Document
from listener.query.fulltext import FullText, fts
from listener.query.grammar import parse
from listener.query.local import matcher
from listener.query.tree import Node, to_text

__all__ = ["BrandMatcher", "Document", "FullText", "Node", "fts", "matcher", "parse", "to_text"]
