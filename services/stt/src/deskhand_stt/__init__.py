"""Speech service: a recording -> its words. Start at `app.create_app`."""
