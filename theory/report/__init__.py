"""What was verified, to be read: by machines, in a terminal, in a browser."""
