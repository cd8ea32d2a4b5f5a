"""AU labels from what MediaPipe's landmarker sees of a face: automatic labellers that anyone may use."""
