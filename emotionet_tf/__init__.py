"""Facial Action Unit recognition with TensorFlow: the two published systems of the EmotioNet Challenge 2020."""

__version__ = "0.1.0"
