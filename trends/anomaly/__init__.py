"""Anomalies of any series of counts or values, row by row, without looking ahead.

    detector = Detector()
    verdict = detector.step(time_ms, value)

`usual` says what is expected, `spread` how far a value is from it, `tail` how rarely this
series goes that far, and `detector` makes events of it. The state is plain values.
"""

from trends.anomaly.detector import Detector
from trends.anomaly.model import Setting, Verdict

__all__ = ["Detector", "Setting", "Verdict"]
