"""The embedded planner: sentence encoder, prefix, decoder of compact plans."""
