"""Planner service: a sentence and tools become a stream of plan nodes. Start at `app.create_app`."""
