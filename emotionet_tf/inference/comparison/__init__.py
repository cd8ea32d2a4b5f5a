"""Several programs' predictions against the same labels, in pairs."""
