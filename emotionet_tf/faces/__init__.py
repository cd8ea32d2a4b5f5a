"""From a photo to registered faces: detection, head pose, registration and the face table that joins them."""
