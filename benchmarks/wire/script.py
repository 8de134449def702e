"""The script that people write: one `requests.get` per file, 32 KiB at a time, one file after the other.

A rival, not a part of the harvester. `python script.py LIST OUT` with the token in TOKEN; LIST holds one URL and one
name a line.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import requests


def main() -> None:
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    for line in Path(sys.argv[1]).read_text().splitlines():
        url, name = line.split()
        with requests.get(url, headers=headers, stream=True, timeout=60) as response:
            response.raise_for_status()
            with (Path(sys.argv[2]) / name).open("wb") as out:
                for chunk in response.iter_content(32 * 1024):
                    out.write(chunk)


if __name__ == "__main__":
    main()
