"""What platforms count for us: mentions that nobody read, and our own posts' results."""

import sqlite3
from collections.abc import Iterable

from listener.model import Count, OwnPost, clean_text


def keep_counts_within(
    connection: sqlite3.Connection, counts: Iterable[Count], *, source: str
) -> None:
    """Keep counts inside the caller's transaction; a later count of the same time is truer."""
    connection.executemany(
        """
        INSERT INTO platform_counts (source, brand, since, until, platform, count)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, brand, since, until) DO UPDATE SET count = excluded.count
        """,
        [(source, one.brand, one.since, one.until, one.platform, one.count) for one in counts],
    )


def keep_own_posts_within(connection: sqlite3.Connection, posts: Iterable[OwnPost]) -> None:
    """Keep own posts, and those of their metrics that have changed, in the caller's transaction."""
    for post in posts:
        ((number,),) = connection.execute(
            """
            INSERT INTO own_posts (platform, native_id, account, published_at, kind, text, url)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (platform, native_id) DO UPDATE SET text = excluded.text,
                url = coalesce(excluded.url, url)
            RETURNING id
            """,
            [
                post.platform,
                post.native_id,
                post.account,
                post.published_at,
                post.kind,
                clean_text(post.text),
                post.url,
            ],
        ).fetchall()
        connection.executemany(
            """
            INSERT INTO own_post_metrics (own_post_id, name, at, value)
            SELECT :post, :name, :at, :value WHERE :value IS NOT (
                SELECT value FROM own_post_metrics
                WHERE own_post_id = :post AND name = :name AND at <= :at ORDER BY at DESC LIMIT 1
            )
            ON CONFLICT (own_post_id, name, at) DO UPDATE SET value = excluded.value
            """,
            [
                {"post": number, "name": name, "at": post.at, "value": value}
                for name, value in sorted(post.metrics.items())
            ],
        )
