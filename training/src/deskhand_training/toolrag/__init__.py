"""ToolRAG: the multi-label classifier over the registry, and what it is compared with."""
