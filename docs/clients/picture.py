"""Makes curl.svg out of what the examples print on sample data.

`python -m tests.with_stack python docs/clients/picture.py`
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from rich.console import Console

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "clients" / "curl"


def main() -> None:
    environment = os.environ | {
        "DESKHAND_URL": os.environ["DESKHAND_TEST_URL"],
        "DESKHAND_API_KEY": os.environ["DESKHAND_TEST_KEY"],
    }
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=112, file=nowhere, highlight=False, force_terminal=True)

        def run(example: str, *arguments: str) -> str:
            console.print(f"[bold green]$[/] [bold]./{example}.sh {' '.join(arguments)}[/]")
            output = subprocess.run(
                [str(EXAMPLES / f"{example}.sh"), *(argument.strip('"') for argument in arguments)],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            console.print(output.rstrip(), markup=False)
            return output

        run("stream", '"put lunch with Sid on Friday at noon in my calendar and invite him"')
        latest = run("runs").split()[0]
        run("undo", latest)
    # Without rich's web fonts the picture asks nobody for anything.
    picture = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="clients/curl"), flags=re.DOTALL)
    (HERE / "curl.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
