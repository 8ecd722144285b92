"""Generator and discriminator, the published rows that drive them, and snapshots."""
