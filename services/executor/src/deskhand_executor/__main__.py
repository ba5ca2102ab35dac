import sys

from deskhand_serving.run import serve

from .app import create_app
from .settings import ExecutorSettings

if __name__ == "__main__":
    sys.exit(serve(ExecutorSettings, create_app))
