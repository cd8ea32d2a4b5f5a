"""Tables as they come, CSV or workbook, read as a stream of rows of text."""
