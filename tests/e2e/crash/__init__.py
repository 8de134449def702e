"""What a fault at any moment leaves behind: kills, refused calls and power cuts, swept point by point.

A package of its own, so that `python -m crash` runs the long forms (`make gauntlet`) that pytest only samples.
"""
