"""The gateway: an OpenAI-compatible API, the dispatch of plans, the answer. Start at `app.create_app`."""
