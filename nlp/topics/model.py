"""Topics, how new posts are assigned to them, and how they are kept: plain arrays and JSON."""

import json
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from listener.errors import InputError, SettingsError

COLOURS = 12
NONE = 0  # the id of a post that belongs to no topic

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]

_FORMAT = 1
# Vectors are rounded to steps of this size. Products and sums of such numbers are exact in 64
# bits, so that a post's similarity does not depend on what is computed beside it.
_STEPS = 1 << 16
_AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme. `id` (from 1) and `colour` (from 0 to COLOURS - 1) stay with it over all fits."""

    id: int
    label: str  # of its terms, in its language
    terms: tuple[str, ...]  # the most telling first
    size: int  # posts of the fit, copies counted
    representatives: tuple[int, ...]  # places in the fitted texts, unlike each other
    parent: int | None  # the id of its group
    language: str  # "th", "en" or "other": what most of its posts are written in
    colour: int


@dataclass(frozen=True, slots=True)
class Group:
    """Topics that are alike; `id` (from 1) stays with it where most of its topics do."""

    id: int
    label: str
    topics: tuple[int, ...]  # ids, the largest first


@dataclass(frozen=True, slots=True)
class Churn:
    """What became of the topics of the fit before, by id. `renamed` are kept with a new label."""

    kept: tuple[int, ...] = ()
    renamed: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()

    @property
    def share_kept(self) -> float:
        """Of the topics before, the share that is still there, renamed or not; 1.0 if none was."""
        stayed = len(self.kept) + len(self.renamed)
        before = stayed + len(self.gone)
        return stayed / before if before else 1.0


@dataclass(frozen=True)
class TopicModel:
    """The topics of a fit, and a point for each; enough to assign posts and to fit again.

    `centroids` are rows of unit length, and `nearest` the similarity a post must reach, both in
    the order of `topics`. `embedding` names what made the vectors. `gone` are topics of earlier
    fits, with a row each in `gone_centroids`: one that comes back is the same topic again.
    """

    topics: tuple[Topic, ...]
    groups: tuple[Group, ...]
    embedding: str
    dimensions: int
    centroids: Vectors
    nearest: Vectors
    gone: tuple[Topic, ...]
    gone_centroids: Vectors
    next_id: int  # of a topic never seen before

    def assign(self, vectors: Vectors) -> tuple[Ids, Vectors]:
        """For each row the id of its topic (NONE for none), and the similarity to it (0 for none).

        Rows are of unit length, or zeros for a text that says nothing. No row's answer depends on
        the others. SettingsError when the vectors are not of the model's embedding.
        """
        self.check(self.embedding, vectors.shape[1] if vectors.ndim == 2 else -1)
        found = np.zeros(len(vectors), np.int64)
        similarity = np.zeros(len(vectors), np.float32)
        if not self.topics:
            return found, similarity
        ids = np.array([topic.id for topic in self.topics], np.int64)
        centroids = _rounded(self.centroids).T
        for start in range(0, len(vectors), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            near = _rounded(vectors[some]) @ centroids
            best = near.argmax(axis=1)
            closest = near[np.arange(len(near)), best].astype(np.float32)
            belongs = closest >= self.nearest[best]
            found[some] = np.where(belongs, ids[best], NONE)
            similarity[some] = np.where(belongs, closest, 0)
        return found, similarity

    def check(self, embedding: str, dimensions: int) -> None:
        """Raises SettingsError unless the model was made with such vectors."""
        if (embedding, dimensions) != (self.embedding, self.dimensions):
            raise SettingsError(
                f'The topics were made with the embedding "{self.embedding}" of {self.dimensions} '
                f'dimensions; these vectors are of "{embedding}" with {dimensions}.',
                remedy="Fit the topics again, or set [nlp] embedding back.",
            )

    def topic(self, number: int) -> Topic | None:
        """The topic of that id, or None."""
        return next((topic for topic in self.topics if topic.id == number), None)

    def to_bytes(self) -> bytes:
        """The model as an npz archive: arrays and JSON, no pickle."""
        about = {
            "format": _FORMAT,
            "topics": [asdict(topic) for topic in self.topics],
            "groups": [asdict(group) for group in self.groups],
            "gone": [asdict(topic) for topic in self.gone],
            "embedding": self.embedding,
            "dimensions": self.dimensions,
            "next_id": self.next_id,
        }
        file = BytesIO()
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
            centroids=self.centroids,
            nearest=self.nearest,
            gone_centroids=self.gone_centroids,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "TopicModel":
        """The model that `to_bytes` wrote; InputError when it is damaged or of another format."""
        try:
            with np.load(BytesIO(data), allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                if about["format"] != _FORMAT:
                    raise ValueError(f"format {about['format']} is not known")
                return cls(
                    topics=tuple(_topic(one) for one in about["topics"]),
                    groups=tuple(_group(one) for one in about["groups"]),
                    embedding=about["embedding"],
                    dimensions=about["dimensions"],
                    centroids=arrays["centroids"],
                    nearest=arrays["nearest"],
                    gone=tuple(_topic(one) for one in about["gone"]),
                    gone_centroids=arrays["gone_centroids"],
                    next_id=about["next_id"],
                )
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise InputError(
                f"The topic model is damaged or of another version of Krasae ({error}).",
                remedy="Fit the topics again.",
            ) from error


@dataclass(frozen=True)
class Fit:
    """What a fit found; `topics` and `similarity` have an entry for each text, in order."""

    model: TopicModel
    topics: Ids  # NONE for an outlier
    similarity: Vectors
    outliers: float  # the share of texts without a topic
    churn: Churn | None  # None for a first fit


def _topic(one: dict[str, Any]) -> Topic:
    return Topic(
        **{
            **one,
            "terms": tuple(one["terms"]),
            "representatives": tuple(one["representatives"]),
        }
    )


def _group(one: dict[str, Any]) -> Group:
    return Group(one["id"], one["label"], tuple(one["topics"]))


def _rounded(rows: Vectors) -> NDArray[np.float64]:
    steps = np.rint(np.asarray(rows, np.float64) * _STEPS)
    return np.asarray(steps / _STEPS, np.float64)
