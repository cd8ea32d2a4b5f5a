"""Label lists say for each photo which AUs are active: EmotioNet's two formats and a plain CSV, read and written."""
