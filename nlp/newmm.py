"""Thai words: newmm (maximal matching over a dictionary, within Thai character clusters) by nlpo3.

Runs of Thai letters are cut many at a time, with BREAK between them: it ends every match, and
one call for a post costs less than one for each of its runs.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

BREAK = "\n"

# nlpo3 1.4 takes time that grows with the square of a run; and with safe=True, its remedy, it
# repeats the beginning of a run of 140 letters or more in place of the rest.
_WINDOW = 120
_DOUBTFUL = 3
_AT_ONCE = 1000  # code points of runs; more take longer each
_TRIPLED = re.compile(r"(.)\1\1")


class ThaiWords:
    """PyThaiNLP's dictionary and `words`, which must not be split."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        import nlpo3
        from pythainlp.corpus import thai_words

        own = sorted({word.strip() for word in words if word.strip()})
        self.known = frozenset(thai_words()) | frozenset(own)
        # nlpo3 keeps its dictionaries by name for the life of the process.
        self._name = "krasae-" + hashlib.sha256("\n".join(own).encode()).hexdigest()[:16]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "words.txt"
            path.write_text("\n".join(sorted(self.known)), "utf-8")
            nlpo3.load_dict(str(path), self._name)
        self._segment = nlpo3.segment

    def words(self, runs: Sequence[str]) -> list[str]:
        """The words of runs of Thai letters, a BREAK between those of two runs; มากกก is cut
        as มาก is."""
        text = BREAK.join(runs)
        if not _TRIPLED.search(text):
            return self._cut(text)
        return _drawn_out(text, self._cut(_TRIPLED.sub(r"\1", text)))

    def _cut(self, text: str) -> list[str]:
        runs = text.split(BREAK)
        if len(text) <= _AT_ONCE and max(map(len, runs)) <= _WINDOW:
            return self._segment(text, self._name, False)
        found: list[str] = []
        for run in runs:
            if found:
                found.append(BREAK)
            found += self._in_windows(run)
        return found

    def _in_windows(self, run: str) -> list[str]:
        """newmm in windows of our own; only the last words of a window may look otherwise
        without what follows, and begin the next one."""
        found: list[str] = []
        while len(run) > _WINDOW:
            words = self._segment(run[:_WINDOW], self._name, False)
            words = words[:-_DOUBTFUL] or words
            found += words
            run = run[sum(map(len, words)) :]
        found += self._segment(run, self._name, False)
        return found


def _drawn_out(text: str, words: Sequence[str]) -> list[str]:
    """The words of the shortened text as they stand in `text`."""
    found = []
    places = (match.start() - 2 * count for count, match in enumerate(_TRIPLED.finditer(text)))
    place = next(places, -1)
    at = 0
    for word in words:
        written = ""
        done = 0
        while 0 <= place < at + len(word):
            letter = place - at
            written += word[done:letter] + word[letter] * 3
            done = letter + 1
            place = next(places, -1)
        found.append(written + word[done:])
        at += len(word)
    return found
