"""Rendered photos of faces whose AUs, landmarks and head angles are known exactly."""
