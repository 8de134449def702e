"""The script that an analyst writes: list the bots, ask for each one's transcript, all words into one Parquet file.

A rival, not a part of the harvester: it keeps nothing of what it fetched, proves nothing and cannot go on where it was.
`python bot_script.py DAY OUT` with the keys and addresses of the APIs in the variables that the harvester reads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import requests

_SESSION = requests.Session()


def get(name: str, path: str, **query: str) -> Any:
    header = {
        "MEETSTREAM": ("Authorization", f"Token {os.environ['MEETSTREAM_API_KEY']}"),
        "MEETINGBAAS": ("x-meeting-baas-api-key", os.environ["MEETINGBAAS_API_KEY"]),
    }[name]
    url = os.environ[f"{name}_BASE_URL"] + path
    response = _SESSION.get(url, params=query, headers=dict([header]), timeout=60)
    response.raise_for_status()
    return response.json()


def list_bots(name: str, path: str, bots: str, cursor: str, **query: str) -> Iterator[Any]:
    while True:
        page = get(name, path, **query)
        yield from page[bots]
        if not page.get(cursor):
            return
        query["cursor"] = page[cursor]


def iter_meetstream(day: str) -> Iterator[pd.DataFrame]:
    for bot in list_bots("MEETSTREAM", "/bots", "bots", "nextCursor", **{"from": day}):
        detail = get("MEETSTREAM", f"/bots/{bot['BotID']}/detail")["bot_details"]
        transcript = get("MEETSTREAM", f"/transcript/{detail['transcript_id']}/get_transcript")
        yield pd.DataFrame(
            {
                "bot": bot["BotID"],
                "segment": number,
                "speaker": segment["speaker"],
                "text": word["punctuated_word"],
                "start": word["start"],
                "end": word["end"],
                "confidence": word["confidence"],
            }
            for number, segment in enumerate(transcript)
            for word in segment["words"]
        )


def iter_v1(day: str) -> Iterator[pd.DataFrame]:
    query = {"limit": "50", "created_after": f"{day}T00:00:00"}
    for bot in list_bots("MEETINGBAAS", "/bots/bots_with_metadata", "bots", "next_cursor", **query):
        data = get("MEETINGBAAS", "/bots/meeting_data", bot_id=bot["uuid"], include_transcripts="true")
        yield pd.DataFrame(
            {
                "bot": bot["uuid"],
                "segment": number,
                "speaker": segment["speaker"],
                "text": word["text"],
                "start": word["start_time"],
                "end": word["end_time"],
                "confidence": None,
            }
            for number, segment in enumerate(data["bot_data"]["transcripts"])
            for word in segment["words"]
        )


def iter_v2(day: str) -> Iterator[pd.DataFrame]:
    query = {"limit": "250", "created_after": f"{day}T00:00:00Z"}
    for bot in list_bots("MEETINGBAAS", "/v2/bots", "data", "cursor", **query):
        data = get("MEETINGBAAS", f"/v2/bots/{bot['bot_id']}")["data"]
        transcript = _SESSION.get(data["transcription"], timeout=60).json()
        yield pd.DataFrame(
            {
                "bot": bot["bot_id"],
                "segment": number,
                "speaker": segment["speaker"],
                "text": word["word"].strip(),
                "start": word["start"],
                "end": word["end"],
                "confidence": word["confidence"],
            }
            for number, segment in enumerate(transcript["result"]["utterances"])
            for word in segment["words"]
        )


def main() -> None:
    day, out = sys.argv[1:]
    frames = [frame for each in (iter_meetstream, iter_v1, iter_v2) for frame in each(day)]
    pd.concat(frames).to_parquet(out)


if __name__ == "__main__":
    main()
