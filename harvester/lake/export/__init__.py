"""Meetings on their way out of the lake: what is read of them, and how each format writes it."""
