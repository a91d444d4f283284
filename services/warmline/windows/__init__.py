"""windows:windows: scores in, rolling windows and summaries out."""
