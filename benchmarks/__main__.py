"""Run every benchmark: `make bench`, or `python -m benchmarks [DATA]`.

DATA (or KRASAE_DATA) is a folder of the public data sets that README.md here names; what needs
it is left out, by name, when there is none.
"""

import os
import subprocess
import sys
from pathlib import Path

# What each needs: nothing, or the data folder as its argument.
BENCHMARKS = {
    "pipeline": [],
    "importing": [],
    "matching": ["DATA"],
    "hearing": ["DATA"],
    "enriching": ["DATA"],
    "copying": ["DATA"],
    "learning": ["DATA"],
    "embedding": ["DATA"],
    "minilm": ["DATA"],
    "topics": ["DATA"],
    "anomalies": ["DATA"],
    "detecting": ["DATA"],
}


def main() -> int:
    """Run them one after the other; 1 when one of them failed."""
    data = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("KRASAE_DATA", "")
    failed = 0
    for name, needs in BENCHMARKS.items():
        if needs and not Path(data or "/nowhere").is_dir():
            print(f"\n== {name}: left out, it needs a data folder (python -m benchmarks DATA)")
            continue
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *([data] if needs else [])]
        failed |= subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
