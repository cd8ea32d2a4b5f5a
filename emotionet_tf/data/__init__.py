"""From shards to batches: record folders, label shards, the input stream and its augmentation."""
