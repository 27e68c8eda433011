"""Collecting: from sources into the log, with their cursors, their health and their gaps."""
