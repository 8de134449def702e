"""`python -m jobs` is the same as `harvester`."""

from jobs.cli import main

main()
