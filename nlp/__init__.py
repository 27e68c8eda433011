"""Text to meaning: language, tokens, sentiment, risk categories, near-duplicates."""
