"""The console: the page that supervisors and agents look at. Static files; everything it shows comes from `/v1`."""
