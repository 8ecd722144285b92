"""How good, how varied and how far from the real pictures generated ones are: pictures, features, statistics, values."""
