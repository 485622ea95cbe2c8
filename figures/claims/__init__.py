"""What six papers claim, a file a paper and a function a claim."""
