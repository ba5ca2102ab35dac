"""deskhand: the command line, and the supervisor that runs the services. Start at `main`."""
