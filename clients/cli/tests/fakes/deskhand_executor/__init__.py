"""A stand-in for the service, found before the real one on PYTHONPATH."""
