"""Runs: journalled before each effect, watched by any number of clients, approved, denied, taken back. Start at
`lifecycle.Runs`."""
