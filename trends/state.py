"""A detection's state as JSON rows, and a detection from them.

The rows are as small as what a step touches: one per brand, one per open event, one for
what all share. The last 24 hours of counted mentions are not in them: whoever restores a
detection gives them again.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from trends.baseline import Baseline
from trends.calibrate import Calibration
from trends.detection import Detection
from trends.events import Event
from trends.model import Counted
from trends.series import Series
from trends.settings import TrendSettings
from trends.vocabulary import Levels, Variety

SHARED = "shared"
_BRAND, _EVENT = "brand/", "event/"


def dump(detection: Detection) -> dict[str, bytes]:
    """All rows of a detection's state, by part."""
    events = detection.events
    shared = {
        "bucket_minutes": detection.settings.bucket_minutes,
        "at": detection.at,
        "recent": list(detection.recent),
        "baseline": detection.baseline.dump(),
        "terms": detection.vocabulary.terms.dump(),
        "risks": detection.vocabulary.risks.dump(),
        "calibration": detection.calibration.dump(),
        "begun": events.begun,
        "raised": events.raised,
    }
    parts: dict[str, Any] = {SHARED: shared}
    for brand, series in detection.baseline.brands.items():
        parts[f"{_BRAND}{brand}"] = series.dump()
    for event in events:
        parts[f"{_EVENT}{event.id:010d}"] = event.dump()
    return {part: orjson.dumps(state) for part, state in parts.items()}


def load(
    settings: TrendSettings,
    levels: Levels,
    parts: Mapping[str, bytes],
    counted: Iterable[tuple[int, list[Counted]]],
) -> Detection:
    """The detection of dumped rows and the counted buckets (number, mentions) of its window."""
    detection = Detection(settings, levels)
    shared = orjson.loads(parts[SHARED])
    cut = detection.cut
    detection.at = shared["at"]
    detection.recent = deque((number, alive) for number, alive in shared["recent"])
    brands = {
        part.removeprefix(_BRAND): Series.load(orjson.loads(parts[part]))
        for part in sorted(parts)
        if part.startswith(_BRAND)
    }
    detection.baseline = Baseline.load(cut, shared["baseline"], brands)
    detection.vocabulary.terms = Variety.load(cut, shared["terms"])
    detection.vocabulary.risks = Variety.load(cut, shared["risks"])
    detection.calibration = Calibration.load(settings.alarms_per_week, shared["calibration"])
    detection.events.begun, detection.events.raised = shared["begun"], shared["raised"]
    for part in sorted(parts):
        if part.startswith(_EVENT):
            event = Event.load(orjson.loads(parts[part]))
            detection.events.open.setdefault((event.brand, event.family), []).append(event)
    for number, mentions in counted:
        detection.hold(number, mentions)
    return detection


def bucket_minutes(parts: Mapping[str, bytes]) -> int:
    """The bucket length with which a state was made."""
    return int(orjson.loads(parts[SHARED])["bucket_minutes"])


def window(parts: Mapping[str, bytes]) -> tuple[int, int]:
    """The numbers of the first and the last bucket of a state's window."""
    recent = orjson.loads(parts[SHARED])["recent"]
    return recent[0][0], recent[-1][0]
