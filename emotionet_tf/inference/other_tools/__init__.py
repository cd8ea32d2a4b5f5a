"""Tables of AUs that programs write, ours and others', as one kind of predictions; one file a program."""
