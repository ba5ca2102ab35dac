"""Measuring: success rate after TinyAgent, arguments, false executions, calibration, tool recall."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]
MODELS = REPOSITORY / "models"
DOCS = REPOSITORY / "docs"
