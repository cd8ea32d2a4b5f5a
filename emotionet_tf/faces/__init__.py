"""From a photo to aligned faces: detection, head pose, alignment and the face table that joins them."""
