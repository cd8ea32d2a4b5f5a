"""The report of a reproduction: one HTML page, its figures as PNG, its tables as CSV and Markdown."""
