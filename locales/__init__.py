"""Translated texts: gettext catalogues (th, en) and their loader. A leaf."""
