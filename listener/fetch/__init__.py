"""Fetching over HTTP for every source: once, politely, within limits, with our errors.

`listener.fetch.fetcher` imports httpx; sources import it inside `connect`.
"""
