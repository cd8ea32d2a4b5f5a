"""From crops and label lists to shards of records."""
