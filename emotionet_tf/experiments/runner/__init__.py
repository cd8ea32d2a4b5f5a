"""Commands that wait for each other's files, run once each."""
