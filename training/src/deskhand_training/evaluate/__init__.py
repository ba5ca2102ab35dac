"""Measuring: success rate after TinyAgent, arguments, false executions, calibration, tool recall."""
