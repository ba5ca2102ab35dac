"""`deskhand service`: Deskhand started at login and kept running by the system, without a terminal.

A launchd agent on a Mac, a systemd user unit elsewhere; both run `deskhand up` with the interpreter and the home of the
installation, and write what it says to the home's logs.
"""
