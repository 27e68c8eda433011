"""Collect and keep: data model, store, query language, sources, importers."""
