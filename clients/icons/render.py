# /// script
# requires-python = ">=3.11"
# dependencies = ["resvg-py==0.5.0"]
# ///
"""Draws the clients' icons: `uv run clients/icons/render.py`. The PNGs are in the repository; run it after a change.

deskhand.svg becomes the icon of the Raycast extension (512 px) and of the Alfred workflow (256 px); the signs are what
Alfred's rows show for a node's status (128 px).
"""

from __future__ import annotations

from pathlib import Path

import resvg_py

HERE = Path(__file__).resolve().parent
SIGN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-linecap="round"
stroke-linejoin="round"><circle cx="16" cy="16" r="14" fill="{colour}"/>
<path d="{path}" stroke="#fff" stroke-width="3"/></svg>"""
SIGNS = {
    "done": ("#2f9e58", "M9.5 16.5l4.5 4.5 8.5-10"),
    "failed": ("#d6453d", "M11 11l10 10M21 11l-10 10"),
    "skipped": ("#b7892b", "M10 16h12"),
    "waiting": ("#8a8f98", "M10 16h.01M16 16h.01M22 16h.01"),
    "dispatched": ("#2f74c0", "M12.5 10l9 6-9 6z"),
    "needs_approval": ("#a2489f", "M12 12.5a4 4 0 1 1 5.6 3.7c-1.1.5-1.6 1.2-1.6 2.5M16 23h.01"),
    "interrupted": ("#cf6a1c", "M16 9v8.5M16 22.5h.01"),
    "undone": ("#8a8f98", "M13 9l-4 4 4 4M9 13h8.5a4.5 4.5 0 0 1 0 9H14"),
    "answer": ("#2b6f7f", "M10 12h12M10 16h12M10 20h7"),
}


def draw(svg: str, px: int, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=px, height=px)))


def main() -> None:
    icon = (HERE / "deskhand.svg").read_text(encoding="utf-8")
    clients = HERE.parent
    draw(icon, 512, clients / "raycast" / "assets" / "icon.png")
    draw(icon, 256, clients / "alfred" / "workflow" / "icon.png")
    for name, (colour, path) in SIGNS.items():
        draw(SIGN.format(colour=colour, path=path), 128, clients / "alfred" / "workflow" / "signs" / f"{name}.png")


if __name__ == "__main__":
    main()
