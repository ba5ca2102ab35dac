"""`make bench`: what Deskhand takes in time and memory on this machine."""
