"""An Instagram business account of one's own: media, comments, tags, and mentions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from listener.errors import RateLimitedError, SourceAuthError, SourceDownError, SourceError
from listener.fetch.assets import AccountId, AssetOptions, Assets, Memory
from listener.fetch.edges import Edge
from listener.model import DAY_MS, Mention, OwnPost
from listener.payloads import instagram
from listener.payloads.meta import answered, part, said
from listener.payloads.values import count, link
from listener.receive.taking import Content
from listener.source import Call, Context, Delivery, Reply, Source, Spec

if TYPE_CHECKING:
    from listener.fetch.graph import Graph

_MEDIA = "id,caption,timestamp,permalink,username,like_count,comments_count"
_REPLY = "id,text,timestamp,username,from{id,username},like_count"
_COMMENT = f"{_REPLY},replies.limit(50){{{_REPLY}}}"
_MENTIONED = "id,text,timestamp,username,like_count,media{id,permalink}"
_REWIND = 600_000  # ms; times are in seconds, and a comment may be seen some seconds late
_THREAD = 7 * DAY_MS  # a reply to a comment that is older than that is seldom


class InstagramOptions(AssetOptions):
    """Options of an `instagram` source."""

    account: AccountId = Field(description="the account's id, a number, not its name")
    tags: bool = Field(
        default=True, description="true to hear media of others in which the account is tagged"
    )


SPEC = Spec(
    name="instagram",
    title="An Instagram business account of one's own",
    options=InstagramOptions,
    capabilities=frozenset({"stream", "poll", "backfill", "own_posts", "receive"}),
    interval_seconds=600.0,
)


def connect(options: InstagramOptions, context: Context) -> Source:
    """Polls the account, and takes in what its webhook delivers."""
    from listener.fetch.graph import Graph

    graph = Graph(options.address, options.version, options.token, options.app_secret, context)
    account = Account(options, graph, context.name)
    return Assets(
        account, graph, context, options, account=options.account, interval=SPEC.interval_seconds
    )


def answer(options: InstagramOptions, call: Call, now: int) -> Reply:
    """What Meta is answered when it calls the webhook."""
    return answered(call, app_secret=options.app_secret, verify_token=options.verify_token)


class Account:
    """What is said to an account, and of it. `label` is for all that is heard."""

    def __init__(self, options: InstagramOptions, graph: "Graph", label: str) -> None:
        self._id = options.account
        self._insights = options.insights
        self._graph = graph
        self._label = label
        asked, days = {"fields": _MEDIA, "limit": "50"}, options.days * DAY_MS
        self.posts = Edge(f"{self._id}/media", asked, "timestamp", self._media, days)
        tags = Edge(f"{self._id}/tags", asked, "timestamp", self._media, days)
        self.others: Sequence[Edge] = (tags,) if options.tags else ()

    def own(self, post: Mapping[str, Any], memory: Memory, at: int) -> OwnPost | None:
        """A media of the account; with it comes the account's name."""
        memory.name = said(post.get("username")) or memory.name
        return instagram.own_post(post, account=self._id, at=at, names=self._insights)

    def comments(self, post: Mapping[str, Any], at: int) -> tuple[Edge, int | None, str]:
        """The comments of a media with their replies.

        Their number is all that tells of new ones; one more and one less would not show, so
        they are read once a day in any case.
        """
        native_id, name = str(post.get("id")), said(post.get("username"))

        def parse(comment: Mapping[str, Any]) -> Mention | None:
            if part(comment, "from").get("id") == self._id:
                return None
            url = link(post.get("permalink"))
            found = instagram.parse_comment(comment, media=native_id, label=self._label, url=url)
            return None if found is None or found.author == name else found

        asked = {"fields": _COMMENT, "limit": "50"}
        many = count(post.get("comments_count"))
        path = f"{native_id}/comments"
        edge = Edge(path, asked, "timestamp", parse, _REWIND, _THREAD, instagram.thread)
        return edge, many, "" if many is None else f"{many} {at // DAY_MS}"

    def delivered(self, delivery: Delivery, memory: Memory) -> Content:
        """What the webhook delivered; of where we were mentioned it tells only the ids."""
        found = instagram.delivered(
            delivery.body,
            account=self._id,
            name=memory.name,
            label=self._label,
            at=delivery.received_at,
        )
        mentions, refused = list(found.comments), found.refused
        for one in found.mentioned:
            try:
                mention = self._asked(one)
            except (RateLimitedError, SourceDownError, SourceAuthError):
                raise
            except SourceError:  # it is gone, or comments are closed there
                refused += 1
                continue
            if mention and mention.author != memory.name:
                mentions.append(mention)
        return Content(tuple(mentions), refused=refused)

    def _asked(self, one: instagram.Mentioned) -> Mention | None:
        if one.comment is None:
            fields = f"mentioned_media.media_id({one.media}){{{_MEDIA}}}"
            node = part(self._graph.get(self._id, fields=fields), "mentioned_media")
            return instagram.parse_media(node, label=self._label)
        fields = f"mentioned_comment.comment_id({one.comment}){{{_MENTIONED}}}"
        node = part(self._graph.get(self._id, fields=fields), "mentioned_comment")
        url = link(part(node, "media").get("permalink"))
        return instagram.parse_comment(node, media=one.media, label=self._label, url=url)

    def _media(self, media: Mapping[str, Any]) -> Mention | None:
        return instagram.parse_media(media, label=self._label)
