"""One stack per service, mirroring `functions/`."""
