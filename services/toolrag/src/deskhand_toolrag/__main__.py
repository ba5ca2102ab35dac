import sys

from deskhand_serving.run import serve

from .app import create_app
from .settings import ToolRAGSettings

if __name__ == "__main__":
    sys.exit(serve(ToolRAGSettings, create_app))
