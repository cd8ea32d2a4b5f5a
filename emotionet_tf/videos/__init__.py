"""Videos: their frames with correct times, and faces followed from frame to frame."""
