"""What every Deskhand service is made of. Start at `app.create_service`."""

import sys

# httpx imports its command line, and with it click, rich and pygments, wherever these are installed, as they are for
# `deskhand`: a seventh of the time that the executor takes to start. None here is "not installed", which httpx expects.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
