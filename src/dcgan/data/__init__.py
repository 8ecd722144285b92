"""From a source of pictures to batches: sources, fitting, cache, order."""
