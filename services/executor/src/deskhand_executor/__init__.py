"""The executor service: one node of a plan becomes an effect on the user's desktop. Start at `app.create_app`."""
