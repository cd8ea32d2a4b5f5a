"""A local page in the browser: a photo, a video or the webcam in; AUs, a table and a picture out."""
