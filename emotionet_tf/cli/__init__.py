"""What every command shares: its entry point, its flags, and how a mistake in them is reported."""
