"""The one documented policy file: every threshold of every service, with overrides by queue."""
