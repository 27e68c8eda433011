"""Simulated streams: quiet ones, with seasons and over-dispersion, and events to plant in them.

The same seed gives the same stream everywhere (NumPy's PCG64).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from listener.model import HOUR_MS
from trends.model import Observation

START = 1_577_836_800_000  # 2020-01-01T00:00:00Z


@dataclass(frozen=True, slots=True)
class Quiet:
    """A stream in which nothing happens.

    Each brand's mentions an hour are negative binomial around `rates` (its mean, spread
    log-uniformly over the brands) times a season; `dispersion` is the variance of the rate
    relative to its square, 0 is Poisson. Words come from a Zipf vocabulary.
    """

    brands: int = 8
    rates: tuple[float, float] = (0.1, 2.0)
    dispersion: float = 0.3
    vocabulary: int = 3000
    words: int = 6
    negative: float = 0.2
    risky: float = 0.01

    def observations(self, seed: int, weeks: int) -> list[Observation]:
        """The stream, in order of time."""
        rng = np.random.default_rng(seed)
        hours = np.arange(weeks * 168)
        low, high = np.log(self.rates)
        found: list[Observation] = []
        for brand, rate in enumerate(np.exp(rng.uniform(low, high, self.brands))):
            mean = rate * season()[hours % 168]
            if self.dispersion:
                mean = rng.gamma(1.0 / self.dispersion, mean * self.dispersion)
            said_in = np.repeat(hours, rng.poisson(mean))
            found += self._mentions(rng, f"brand-{brand}", said_in)
        return numbered(found)

    def _mentions(
        self, rng: np.random.Generator, brand: str, hours: np.ndarray
    ) -> Iterator[Observation]:
        """A mention in each of these hours, one hour as often as it stands there."""
        number = len(hours)
        zipf = 1.0 / np.arange(1, self.vocabulary + 1) ** 1.05
        words = rng.choice(self.vocabulary, size=(number, self.words), p=zipf / zipf.sum())
        within = rng.integers(HOUR_MS, size=number)
        authors = rng.integers(1 << 40, size=number)
        followers = np.exp(rng.normal(5.0, 2.0, size=number))
        moods, dangers = rng.random(number), rng.random(number)
        for n in range(number):
            yield Observation(
                seq=0,
                published_at=START + int(hours[n]) * HOUR_MS + int(within[n]),
                platform="simulated",
                native_id="",
                author_id=int(authors[n]),
                followers=int(followers[n]),
                sentiment="negative" if moods[n] < self.negative else "neutral",
                risks=("legal",) if dangers[n] < self.risky else (),
                terms=tuple(dict.fromkeys(f"word{word}" for word in words[n])),
                brands=(brand,),
            )


def season() -> np.ndarray:
    """Hours of the week: nights at a tenth of the days, weekends at half of the week."""
    hour, day = np.arange(168) % 24, np.arange(168) // 24
    season = (1.0 + 0.8 * np.sin(2 * np.pi * hour / 24)) * np.where(day >= 5, 0.5, 1.0)
    return np.asarray(season / season.mean())


def burst(
    brand: str,
    at: int,
    count: int,
    *,
    hours: float = 3.0,
    terms: tuple[str, ...] = ("launch", "gadget"),
    seed: int = 0,
    **fields: object,
) -> list[Observation]:
    """An event: `count` mentions by as many authors within some hours from `at` (UTC ms)."""
    rng = np.random.default_rng(seed)
    return [
        Observation(
            **{  # type: ignore[arg-type]
                "seq": 0,
                "published_at": at + int(rng.integers(int(hours * HOUR_MS))),
                "platform": "simulated",
                "native_id": "",
                "author_id": int(rng.integers(1 << 40)),
                "followers": int(np.exp(rng.normal(5.0, 2.0))),
                "terms": terms,
                "brands": (brand,),
            }
            | fields
        )
        for _ in range(count)
    ]


def numbered(observations: Iterable[Observation]) -> list[Observation]:
    """In order of time, with numbers and ids to match."""
    ordered = sorted(observations, key=lambda one: one.published_at)
    return [
        replace(one, seq=number, native_id=f"{number:09d}")
        for number, one in enumerate(ordered, start=1)
    ]
