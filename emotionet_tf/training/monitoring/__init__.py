"""What is seen of a run: curves, TensorBoard, progress, speed."""
