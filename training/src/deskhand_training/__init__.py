"""TinyAgent's method for Deskhand: data, tuning, export, evaluation. Every stage is `python -m deskhand_training.<stage>`."""
