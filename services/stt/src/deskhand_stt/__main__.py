import sys

from deskhand_serving.run import serve

from .app import create_app
from .settings import SttSettings

if __name__ == "__main__":
    sys.exit(serve(SttSettings, create_app))
