"""Trained models as files that other runtimes run: ONNX, TFLite and SavedModel."""
