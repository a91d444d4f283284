"""Vendor adapters: pure functions from what a contact-centre platform delivers to canonical events."""
