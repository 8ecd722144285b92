"""How good and how varied generated pictures are: pictures, features, statistics, values."""
