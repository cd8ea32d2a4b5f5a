"""Looking at records: counts, duplicates and sheets of crops."""
