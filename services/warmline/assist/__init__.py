"""Assist: one short move at a time for whoever answers, about what is missing now; praise once a moment was met."""
