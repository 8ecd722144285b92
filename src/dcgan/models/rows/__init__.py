"""The recipes, one file each: what a published system is, as data."""
