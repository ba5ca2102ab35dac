"""`python -m deskhand_gateway`."""

from __future__ import annotations

import sys

from deskhand_serving.run import serve

from .app import create_app
from .settings import GatewaySettings

if __name__ == "__main__":
    sys.exit(serve(GatewaySettings, create_app))
