"""The sets of destinations, and selection among them."""
