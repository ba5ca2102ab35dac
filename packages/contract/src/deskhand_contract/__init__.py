"""The contract of the Deskhand services: plan, tool registry, events, wire shapes, errors. pydantic only."""
