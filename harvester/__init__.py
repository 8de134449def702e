"""The harvester: a company's Zoom cloud recordings as a verified archive and a Parquet lake.

A library: it never prints, never exits and reads the environment in one place (`harvester.config`).
The commands that run it live in `jobs`, the contracts it keeps in `schemas`.
"""

__version__ = "0.1.0"
