"""The benchmark of brand matching still runs, on a little of the real data."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_it_runs(krasae_data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.matching", str(krasae_data), "--texts", "200"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "200 texts, 200 queries" in done.stdout
    assert "by_brand_matcher is" in done.stdout
