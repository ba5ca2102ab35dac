"""`deskhand open`: the web console in the browser, with the key.

The key goes in the address's fragment, which a browser keeps to itself. But the address must not be an argument of the
browser: on Linux everybody on the machine can read the arguments of everybody's processes. So the browser is given a
page in the home that leads to the console, and the home is the user's own. The key stands in `api_key` beside it
anyway, under the same permissions.
"""

from __future__ import annotations

import html
import sys
import webbrowser
from pathlib import Path
from urllib.parse import quote

from deskhand_serving.settings import default_home

from .exits import CliError, Exit
from .gateway import Gateway
from .home import read_api_key, write_private

PAGE_FILE = "console.html"

_PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>Deskhand</title>
<p><a href="{address}">Open Deskhand's console</a></p>
"""


def run_open(print_address: bool) -> Exit:
    """Open the console, or print its address. Raises CliError when Deskhand does not run, or no browser starts."""
    home = default_home().absolute()
    with Gateway(home) as gateway:
        gateway.health()
        console = gateway.base_url.removesuffix("/v1") + "/"
    address = f"{console}#key={quote(read_api_key(home), safe='')}"
    if print_address:
        sys.stdout.write(f"{address}\n")
        return Exit.DONE
    if not webbrowser.open(_write_page(home, address).as_uri()):
        raise CliError("There is no browser that can be started here.", "`deskhand open --print` prints the address.")
    sys.stdout.write(f"The console is at {console}\n")
    return Exit.DONE


def _write_page(home: Path, address: str) -> Path:
    path = home / PAGE_FILE
    write_private(path, _PAGE.format(address=html.escape(address)))
    return path
