"""Commands that turn photos and label lists into TFRecords."""
