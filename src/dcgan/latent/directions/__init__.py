"""Finding directions in z, and measuring what they do."""
