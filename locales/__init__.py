"""Translated texts: gettext catalogues (th, en) and their loader. A leaf."""

from locales.catalogues import LANGUAGES, Catalogue, marked, translation
from locales.formats import Formats

__all__ = ["LANGUAGES", "Catalogue", "Formats", "marked", "translation"]
