"""ToolRAG service: which of the registry's tools a sentence needs. Start at `app.create_app`."""
