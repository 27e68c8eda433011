"""A Facebook page of one's own: its posts' numbers, comments, visitors' posts, and tags."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from listener.fetch.assets import AccountId, AssetOptions, Assets, Memory
from listener.fetch.edges import Edge
from listener.model import DAY_MS, Mention, OwnPost
from listener.payloads import facebook
from listener.payloads.meta import answered, part
from listener.payloads.values import count
from listener.receive.taking import Content
from listener.source import Call, Context, Delivery, Reply, Source, Spec

if TYPE_CHECKING:
    from listener.fetch.graph import Graph

_POST = (
    "id,message,created_time,updated_time,from{id,name},permalink_url,shares,"
    "reactions.limit(0).summary(total_count),"
    "comments.filter(stream).limit(0).summary(total_count)"
)
_TAGGED = "id,message,created_time,from{id,name},permalink_url"
_COMMENT = "id,message,created_time,from{id,name},permalink_url,parent{id},like_count,comment_count"
_REWIND = 600_000  # ms; times are in seconds, and a comment may be seen some seconds late


class FacebookOptions(AssetOptions):
    """Options of a `facebook` source."""

    page: AccountId = Field(description="the page's id, a number")
    tagged: bool = Field(
        default=True, description="true to hear posts of others in which the page is tagged"
    )


SPEC = Spec(
    name="facebook",
    title="A Facebook page of one's own",
    options=FacebookOptions,
    capabilities=frozenset({"stream", "poll", "backfill", "deletions", "own_posts", "receive"}),
    interval_seconds=600.0,
)


def connect(options: FacebookOptions, context: Context) -> Source:
    """Polls the page, and takes in what its webhook delivers."""
    from listener.fetch.graph import Graph

    graph = Graph(options.address, options.version, options.token, options.app_secret, context)
    page = Page(options, graph, context.name)
    return Assets(
        page, graph, context, options, account=options.page, interval=SPEC.interval_seconds
    )


def answer(options: FacebookOptions, call: Call, now: int) -> Reply:
    """What Meta is answered when it calls the webhook."""
    return answered(call, app_secret=options.app_secret, verify_token=options.verify_token)


class Page:
    """What is said on a page, and of it. `label` is for all that is heard."""

    def __init__(self, options: FacebookOptions, graph: "Graph", label: str) -> None:
        self._options = options
        self._label = label
        days = options.days * DAY_MS
        posts = {"fields": _POST, "limit": "50"}
        self.posts = Edge(f"{options.page}/feed", posts, "created_time", self._post, days)
        tags = {"fields": _TAGGED, "limit": "50"}
        tagged = Edge(f"{options.page}/tagged", tags, "created_time", self._post, days)
        self.others: Sequence[Edge] = (tagged,) if options.tagged else ()

    def own(self, post: Mapping[str, Any], memory: Memory, at: int) -> OwnPost | None:
        """A post of the page."""
        if not facebook.is_own(post, self._options.page):
            return None
        return facebook.own_post(post, page=self._options.page, at=at, names=self._options.insights)

    def comments(self, post: Mapping[str, Any], at: int) -> tuple[Edge, int | None, str]:
        """The comments of a post and their replies, all in one list."""
        native_id = str(post.get("id"))

        def parse(comment: Mapping[str, Any]) -> Mention | None:
            if facebook.is_own(comment, self._options.page):
                return None
            return facebook.parse_comment(comment, post=native_id, label=self._label)

        asked = {
            "fields": _COMMENT,
            "filter": "stream",
            "order": "reverse_chronological",
            "limit": "100",
        }
        many = count(part(part(post, "comments"), "summary").get("total_count"))
        updated = post.get("updated_time")
        state = f"{many} {updated}" if isinstance(updated, str) else ""
        return Edge(f"{native_id}/comments", asked, "created_time", parse, _REWIND), many, state

    def delivered(self, delivery: Delivery, memory: Memory) -> Content:
        """What the webhook delivered."""
        return facebook.delivered(
            delivery.body, page=self._options.page, label=self._label, at=delivery.received_at
        )

    def _post(self, post: Mapping[str, Any]) -> Mention | None:
        if facebook.is_own(post, self._options.page):
            return None
        return facebook.parse_post(post, label=self._label)
