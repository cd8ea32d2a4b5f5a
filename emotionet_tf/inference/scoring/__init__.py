"""What scores the AUs of faces that were found: Keras models, or an exported ONNX file."""
