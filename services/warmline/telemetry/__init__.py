"""Metrics, logs and health: what a service tells of itself, and never what a customer said."""
