"""The loop, its steps, the state that it resumes from, and the ticks at which it looks at itself."""
