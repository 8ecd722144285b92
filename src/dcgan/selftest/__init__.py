"""Self-tests: what the package's training does where the right answer is known."""
