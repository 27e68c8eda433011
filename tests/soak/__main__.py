"""Run the soak and print what came of it.

    python -m tests.soak [--items 1000000] [--seed 1] [--folder DIR]

Nine tenths of the items are Bluesky's, the others those of feeds and of X. It ends with 1 when
anything is lost, doubled or otherwise wrong.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.soak.feeds import Feeds
from tests.soak.jetstream import Jetstream
from tests.soak.platform import Platform
from tests.soak.soak import Outcome, Plan, Sample, Soak
from tests.soak.x import X

_MB = 1 << 20
_SECONDS = 420  # in which X publishes
_WARM = 0.15  # of a child's life, in which it loads what it needs


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="an empty one, to look at afterwards")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="krasae-soak-") as scratch:
        outcome = Soak(
            chosen.folder or Path(scratch), platforms(chosen.items, chosen.seed), Plan(chosen.seed)
        ).run()
    told(outcome)
    return 0 if outcome.sound else 1


def platforms(items: int, seed: int) -> list[Platform]:
    """That many items in all."""
    few = items // 20
    started = time.time_ns() // 1_000_000
    return [
        Jetstream(items - 2 * few, seed=seed, started=started, dead=0.03),
        Feeds(few, seed=seed),
        X(few, seed=seed, rate=few / _SECONDS),
    ]


def told(outcome: Outcome) -> None:
    """Print it all."""
    print(f"{outcome.items:,} items in {outcome.seconds:.0f} s, {_rate(outcome):,.0f} a second")
    print(f"stored {outcome.stored:,}, of which {outcome.deleted:,} deleted again")
    print(", ".join(f"{name} {count}" for name, count in sorted(outcome.done.items())))
    print(f"gaps noted {outcome.gaps}, left open {len(outcome.open_gaps)}")
    for name in ("lost", "doubled", "strange", "wrong", "faults", "open_gaps"):
        found = getattr(outcome, name)
        examples = f": {', '.join(found[:3])}" if found else ""
        print(f"{name} {len(found)}{examples}")
    if outcome.samples:
        _tell_memory(outcome.samples)


def _rate(outcome: Outcome) -> float:
    return outcome.items / outcome.seconds


def _tell_memory(samples: Sequence[Sample]) -> None:
    """The memory of the child that lived longest."""
    lives: dict[int, list[Sample]] = {}
    for sample in samples:
        lives.setdefault(sample.child, []).append(sample)
    life = max(lives.values(), key=len)
    warm = life[int(len(life) * _WARM) :]
    sizes = [sample.resident / _MB for sample in warm]
    peak = max(sample.resident for sample in samples) / _MB
    seconds, items = life[-1].at - life[0].at, life[-1].items - life[0].items
    print(
        f"memory of the longest life ({seconds:.0f} s, {items:,} items), MB: "
        f"{sizes[0]:.0f} warm, {sizes[len(sizes) // 2]:.0f} in the middle, {sizes[-1]:.0f} at the "
        f"end; {slope(warm) * 100_000 / _MB:+.2f} for 100,000 items; peak of all {peak:.0f}"
    )


def slope(samples: Sequence[Sample]) -> float:
    """Bytes that memory grows by with each item, by least squares."""
    count = len(samples)
    mean_items = sum(sample.items for sample in samples) / count
    mean_bytes = sum(sample.resident for sample in samples) / count
    spread = sum((sample.items - mean_items) ** 2 for sample in samples)
    together = sum(
        (sample.items - mean_items) * (sample.resident - mean_bytes) for sample in samples
    )
    return together / spread if spread else 0.0


if __name__ == "__main__":
    sys.exit(main())
