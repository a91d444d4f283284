"""Escalation: which conversation is about to go wrong, why, and who should do what about it by when."""
