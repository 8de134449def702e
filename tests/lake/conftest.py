"""Waiting for a real disk would be most of these tests' time; that it is waited for is tested by name."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    def forget(handle: int) -> None:
        pass

    monkeypatch.setattr(os, "fsync", forget)
