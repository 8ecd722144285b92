"""What a run shows of itself: reads what the run wrote, recomputes nothing."""
