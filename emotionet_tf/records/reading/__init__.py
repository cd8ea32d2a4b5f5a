"""From shards of records to examples."""
