"""What training minimises and is judged by: losses, balance, scores."""
