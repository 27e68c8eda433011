"""The room's stages: what of it touches the database, next to `schema.py`."""

from trends.stage.count import CountStage
from trends.stage.coverage import CoverageStage
from trends.stage.detect import DetectStage
from trends.stage.rows import stored_gaps, stored_observations

__all__ = [
    "CountStage",
    "CoverageStage",
    "DetectStage",
    "stored_gaps",
    "stored_observations",
]
