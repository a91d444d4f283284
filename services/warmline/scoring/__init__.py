"""scoring: turns in, scores out."""
