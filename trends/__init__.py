"""Counts to signals: series, baseline, significance, events, calibration, replay."""
