"""Signals to people: alerts and evidence, the issue queue, channels, the digest."""
