"""Fetching: one listed file into one proven file, and the order in which many are fetched.

A 206 that goes on exactly where we stopped is appended, anything else starts again; a file gets its name only after
its length, first bytes and hash are known and it is on the disk. The source hands in an `Access`; nothing here knows
which source it is.
"""

from __future__ import annotations

from harvester.fetch.download import Fetcher
from harvester.fetch.job import Access, Fetched, Grant, Job
from harvester.fetch.part import discard_parts
from harvester.fetch.pool import SerialExecutor, Task, run_scheduled

__all__ = [
    "Access",
    "Fetched",
    "Fetcher",
    "Grant",
    "Job",
    "SerialExecutor",
    "Task",
    "discard_parts",
    "run_scheduled",
]
