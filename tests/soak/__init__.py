"""The soak run: every platform on this machine at once, for long, with everything that breaks."""
