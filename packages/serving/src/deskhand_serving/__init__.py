"""What every Deskhand service is made of. Start at `app.create_service`."""
