"""The list of stages, in the order in which a mention passes through them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from krasae.workspace import Workspace
from listener.errors import SettingsError
from listener.stage import Stage

if TYPE_CHECKING:
    from listener.collect.station import Surroundings


def build(workspace: Workspace, *, flush: bool = False) -> tuple[Stage, ...]:
    """All stages of a workspace, models loaded. With `flush`, the last bucket closes too."""
    from alerts.message import Edition
    from alerts.stage import AlertStage, DeliverStage, FlagStage
    from listener.collect.stage import CollectStage
    from listener.collect.station import stations
    from listener.index import IndexStage
    from listener.query import BrandMatcher
    from nlp.brands import known_brands
    from nlp.enrich import Enricher
    from nlp.lessons import taught
    from nlp.stage import EnrichStage
    from nlp.topic_stage import TopicStage
    from trends.stage import CountStage, CoverageStage, DetectStage

    settings = workspace.settings
    queries = {brand.id: brand.query for brand in settings.brands}
    # Where no brand is marked as one's own, every brand's trouble comes to the queue.
    own = frozenset(brand.id for brand in settings.brands if brand.own) or None
    listened = stations(settings.sources)
    stages = (
        CollectStage(listened, surroundings(workspace)),
        EnrichStage(
            Enricher(settings.nlp, taught(workspace.db), known_brands(settings.brands)),
            BrandMatcher(queries, workspace.key),
        ),
        TopicStage(settings.nlp.embedding, whole_stream=not settings.brands),
        CountStage(settings.trends, flush=flush, whole_stream=not settings.brands),
        DetectStage(settings.trends),
        CoverageStage(listened),
        AlertStage(settings.channels, own),
        FlagStage(settings.alerts, own),
        IndexStage(),
        DeliverStage(
            settings.channels,
            workspace.folder,
            Edition.of(settings.workspace, settings.brands),
        ),
    )
    return check(stages)


def surroundings(workspace: Workspace) -> "Surroundings":
    """What every source of a workspace is given."""
    from listener.collect.station import Surroundings

    return Surroundings(
        folder=workspace.folder,
        timezone=workspace.settings.workspace.timezone,
        queries={brand.id: brand.query for brand in workspace.settings.brands},
        key=workspace.key,
        database=workspace.folder / workspace.settings.workspace.database,
    )


def check(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Refuse a list in which a stage comes before one that it needs."""
    seen: set[str] = set()
    for stage in stages:
        missing = set(stage.needs) - seen
        if missing:
            raise SettingsError(f"Stage {stage.name} needs {', '.join(sorted(missing))} before it.")
        seen.add(stage.name)
    return tuple(stages)
