"""Fetching over HTTP for every source: once, politely, within limits, with our errors.

`listener.fetch.fetcher` imports httpx; sources import it inside `connect`.
"""

import logging

# Below that, even in warnings, they write addresses and headers, with the keys in them.
for _library in (
    "httpx",
    "httpcore",
    "websockets",
    "urllib3",
    "prawcore",
    "tweepy",
    "oauthlib",
    "requests_oauthlib",
):
    logging.getLogger(_library).setLevel(logging.ERROR)
