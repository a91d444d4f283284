"""Warmline: customer feeling, agent empathy, escalation risk and agent strain as open real-time events."""
