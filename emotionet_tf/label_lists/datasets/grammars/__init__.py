"""What label files of several datasets have in common: ways to write codes, whoever writes them."""
