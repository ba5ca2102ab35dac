"""Plots of evaluation.json: reliability, confusion, success by size. PNG, for docs/models.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .confusion import LABELS


def draw(evaluation: dict[str, Any], folder: Path) -> list[Path]:
    """Writes what the figures allow and returns the files."""
    import matplotlib as mpl

    mpl.use("Agg")  # no display is needed or looked for
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [_sizes(evaluation, folder / "success_by_size.png"), _confusion(evaluation, folder / "confusion.png")]
    if "calibration" in evaluation:
        drawn.append(_reliability(evaluation["calibration"], folder / "reliability.png"))
    return drawn


def _save(figure: Any, path: Path) -> Path:
    import matplotlib.pyplot as plt

    # Without the date and the version of the program, the same figures give the same file.
    figure.savefig(path, dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return path


def _reliability(calibration: dict[str, Any], path: Path) -> Path:
    import matplotlib.pyplot as plt

    bins = calibration["reliability"]
    said, right, items = ([b[key] for b in bins] for key in ("said", "right", "items"))
    figure, (curve, bars) = plt.subplots(2, 1, figsize=(4.5, 5), height_ratios=(3, 1), sharex=True)
    curve.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="perfect")
    curve.plot(said, right, marker="o", color="tab:blue", label="planner")
    curve.set_ylabel("plans that are right")
    curve.set_title(f"Reliability (expected error {calibration['expected_error']:.3f})")
    curve.legend(loc="upper left")
    bars.bar(said, items, width=0.03, color="tab:blue")
    bars.set_xlabel("confidence that the plan says")
    bars.set_ylabel("plans")
    return _save(figure, path)


def _confusion(evaluation: dict[str, Any], path: Path) -> Path:
    import matplotlib.pyplot as plt

    matrix = np.array(evaluation["matrix"])
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(8, 7))
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    names = [label.replace("_", " ") for label in LABELS]
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("written")
    axes.set_ylabel("said")
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            colour = "white" if share[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=6, color=colour)
    axes.set_title(f"Calls said and written ({evaluation['split']} split)")
    return _save(figure, path)


def _sizes(evaluation: dict[str, Any], path: Path) -> Path:
    import matplotlib.pyplot as plt

    sizes = evaluation["by_size"]
    figure, axes = plt.subplots(figsize=(5, 3.2))
    places = np.arange(len(sizes))
    for shift, key, label in ((-0.2, "dag", "plan right (DAG)"), (0.2, "args", "all arguments right")):
        axes.bar(places + shift, [entry[key] for entry in sizes.values()], 0.38, label=label)
    axes.set_xticks(places, [f"{size}\n({entry['items']})" for size, entry in sizes.items()])
    axes.set_xlabel("calls in the plan (commands)")
    axes.set_ylabel("percent")
    axes.set_ylim(0, 100)
    axes.legend(fontsize=8)
    return _save(figure, path)
