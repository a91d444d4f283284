"""What comes from others and what must not get out: audit of the locked packages, scan for secrets."""
