"""`python -m deskhand_cli`, the same as `deskhand`."""

from .main import main

if __name__ == "__main__":
    main()
