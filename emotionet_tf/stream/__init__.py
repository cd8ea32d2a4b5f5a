"""From records to training batches: order, shares, augmentation."""
