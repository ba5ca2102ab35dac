"""TinyAgent's method for Deskhand: data, tuning, export, evaluation.

Every stage is a module: `python -m deskhand_training.<stage>`.
"""
