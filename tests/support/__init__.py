"""What several tests need: running the command as a user does, and small studies."""
