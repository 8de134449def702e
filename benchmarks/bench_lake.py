"""The lake against pandas' default and against raw Parquet, as ratios in one run.

Bounds: bytes <= 0.60 of pandas' default (random words press worse than speech); publishing one recording into a
large file <= 2.5 times reading and writing that file raw.
"""

from __future__ import annotations

import random
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.settings import Settings
from benchmarks.table import Row, at_most
from harvester.lake.parquet import build_footer, write_parquet
from harvester.lake.publish import publish_partition, write_partition
from harvester.lake.rows import build_table
from harvester.lake.stage import write_stage
from schemas.lake import TABLES

DAY = date(2026, 3, 2)
VOCABULARY = 3_000
PEOPLE = 40


def run(recordings: int = 400, cues: int = 800) -> dict[str, float]:
    """Ratios to the named rivals; the rows are counted in `segments`."""
    day = [build_recording(number, cues) for number in range(recordings)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_partition(home / "lake", home / "work", date=DAY, source="zoom", recordings=day, parser_version="1")
        ours = home / "lake" / "segments" / f"date={DAY}" / "zoom-00-of-01.parquet"
        rows = pq.ParquetFile(ours).read()
        rows.to_pandas().to_parquet(home / "pandas.parquet")
        raw_s = _best(lambda: _raw_copy(ours, home / "raw.parquet"))
        staged = build_recording(recordings // 2, cues)
        key = staged["recordings"]["recording_key"][0].as_py()
        stage = write_stage(home / "work", recording_key=key, seq=1, date=DAY, source="zoom", tables=staged)
        publish_s = _best(
            lambda: publish_partition(
                home / "lake", home / "work", date=DAY, source="zoom", remove=(), stages=[stage], parser_version="1"
            )
        )
        return {
            "segments": rows.num_rows,
            "bytes_per_row": ours.stat().st_size / rows.num_rows,
            "bytes_of_pandas_default": ours.stat().st_size / (home / "pandas.parquet").stat().st_size,
            "publish_one_of_raw_copy": publish_s / raw_s,
            "publish_one_s": publish_s,
        }


def _raw_copy(source: Path, target: Path) -> None:
    """What any replacement of the file costs at least: read it, write it with the same settings."""
    target.unlink(missing_ok=True)
    write_parquet(
        TABLES["segments"],
        [pq.ParquetFile(source).read()],
        target,
        build_footer(parser_version="1", fingerprint=""),
    )


def _best(call, rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def build_recording(number: int, cues: int = 800) -> dict[str, pa.Table]:
    rng = random.Random(number)
    key = f"zoom:{random.Random(number).getrandbits(96):024x}=="
    start = datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(seconds=number)
    starts = np.cumsum([rng.randrange(1_000, 9_000) for _ in range(cues)])
    ends = starts + np.array([rng.randrange(500, 6_000) for _ in range(cues)])
    t0 = np.datetime64(start.replace(tzinfo=None), "us")
    people = [f"Person {rng.randrange(PEOPLE)}" for _ in range(5)]
    speakers = [rng.choice(people) for _ in range(cues)]
    text = [build_sentence(rng) for _ in range(cues)]
    nothing = [None] * cues
    segments = {
        "transcript_key": [f"{key}/f1"] * cues,
        "segment_index": np.arange(cues),
        "recording_key": [key] * cues,
        "source": ["zoom"] * cues,
        "meeting_id": [str(90_000_000_000 + number)] * cues,
        "kind": ["transcript"] * cues,
        "source_segment_id": [str(index + 1) for index in range(cues)],
        "start_ms": starts,
        "end_ms": ends,
        "start_at": t0 + starts.astype("timedelta64[ms]"),
        "end_at": t0 + ends.astype("timedelta64[ms]"),
        "speaker_label": speakers,
        "speaker_name": speakers,
        "speaker_kind": ["named"] * cues,
        "speaker_source": ["prefix"] * cues,
        "n_words": [each.count(" ") + 1 for each in text],
        "text": text,
        **dict.fromkeys(("speaker_share", "language", "confidence", "channel", "time_flag"), nothing),
    }
    row = dict.fromkeys(column.name for column in TABLES["recordings"].columns)
    row |= {"recording_key": key, "source": "zoom", "native_id": key[5:], "started_at": start, "n_files": 1}
    row |= {"transcript_status": "available", "payload_sha256": f"{rng.getrandbits(256):064x}", "parser_version": "1"}
    row |= {"ended_at": start + timedelta(milliseconds=int(ends.max())), "duration_ms": int(ends.max())}
    transcript = dict.fromkeys(column.name for column in TABLES["transcripts"].columns)
    transcript |= {"transcript_key": f"{key}/f1", "recording_key": key, "source": "zoom", "file_key": "f1"}
    transcript |= {"kind": "transcript", "t0_at": start, "n_segments": cues, "n_speakers": len(set(speakers))}
    transcript |= {"n_words": sum(segments["n_words"]), "rejected_cues": 0, "is_current": True}
    transcript |= {"payload_sha256": row["payload_sha256"], "parser_version": "1"}
    return {
        "recordings": build_table("recordings", {name: [value] for name, value in row.items()}),
        "transcripts": build_table("transcripts", {name: [value] for name, value in transcript.items()}),
        "segments": build_table("segments", segments),
    }


def build_sentence(rng: random.Random) -> str:
    """Words as frequent as in speech (a few very, most hardly), about 70 bytes a cue."""
    return " ".join(_WORDS[int(VOCABULARY * rng.random() ** 4)] for _ in range(rng.randrange(3, 24)))


def _make_words() -> list[str]:
    rng = random.Random(7)
    return ["".join(rng.choices("etaoinshrdlucmfwypvbgk", k=rng.randrange(2, 9))) for _ in range(VOCABULARY)]


_WORDS = _make_words()


def main(_settings: Settings) -> list[Row]:
    found = run()
    for name, value in found.items():
        print(f"{name:<26}{value:,.3f}")
    one, size = (
        "publish one recording into a large file, CPU against raw copy",
        "bytes against pandas' default",
    )
    return [at_most(one, found["publish_one_of_raw_copy"], 2.5), at_most(size, found["bytes_of_pandas_default"], 0.60)]
