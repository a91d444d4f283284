"""Recordings: read them, order them, and replay them at the pace at which they happened."""
