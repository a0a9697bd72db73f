"""The bench: Folkmoot beside its peers and the limits, on one machine and the same data."""
