"""`deskhand up`: the five services as children of one supervisor."""
