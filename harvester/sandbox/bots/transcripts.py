"""Transcripts in each API's own shape, from what was heard. Pure.

MeetStream: the array of its OpenAPI, and AssemblyAI's answer for `?raw=true`. Meeting BaaS v1: segments that have words
and no text. v2: Gladia's utterances, and the raw form whose chunks each begin anew at 0. Recall: parts of 1.11.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from harvester.sandbox.bots.hearing import Utterance, Word, listen
from harvester.sandbox.bots.model import BotRecording, BotRun, SandboxBot
from harvester.sandbox.bots.people import build_recall_person, zoom_number
from harvester.sandbox.bots.times import iso_z, to_seconds

_CHUNK_MS = 1_800_000
_CLOSING = ".,!?;:"


def build_meetstream(run: BotRun, recording: BotRecording) -> list[dict[str, Any]]:
    return [_build_segment(each, run, recording.started_at) for each in listen(run.hearing)]


def _build_segment(utterance: Utterance, run: BotRun, t0: datetime) -> dict[str, Any]:
    index = utterance.person if utterance.person is not None else len(run.hearing.names)
    named = utterance.speaker and not run.hearing.numbered
    streamed = run.recogniser.startswith("meetstream")  # says 0 for what it did not measure
    return {
        "speaker": utterance.speaker if named else str(index),
        "transcript": utterance.text,
        "start_time": to_seconds(utterance.start_ms),
        "end_time": to_seconds(utterance.end_ms),
        "absolute_start_time": iso_z(_after(t0, utterance.start_ms)),
        "absolute_end_time": iso_z(_after(t0, utterance.end_ms)),
        "words": [
            {
                "word": word.text.strip(_CLOSING).lower(),
                "punctuated_word": word.text,
                "start": to_seconds(word.start_ms),
                "end": to_seconds(word.end_ms),
                "confidence": 0 if streamed else word.confidence,
                "speaker": index,
                "speaker_confidence": 0.8,
            }
            for word in utterance.words
        ],
    }


def build_meetstream_raw(run: BotRun, recording: BotRecording) -> dict[str, Any]:
    """AssemblyAI's answer: whole milliseconds, speakers by letter."""
    heard = listen(run.hearing)
    return {
        "id": run.id,
        "status": "completed",
        "text": " ".join(each.text for each in heard),
        "language_code": "en",
        "audio_url": "https://media.example.com/a.mp3",
        "confidence": 0.93,
        "audio_duration": recording.length_ms // 1000,
        "speaker_labels": True,
        "words": [_raw_word(word, each) for each in heard for word in each.words],
        "utterances": [
            {
                "speaker": _letter(each),
                "text": each.text,
                "start": each.start_ms,
                "end": each.end_ms,
                "confidence": _confidence(each),
            }
            for each in heard
        ],
    }


def _raw_word(word: Word, utterance: Utterance) -> dict[str, Any]:
    return {
        "text": word.text,
        "start": word.start_ms,
        "end": word.end_ms,
        "confidence": word.confidence,
        "speaker": _letter(utterance),
    }


def build_baas_v1(run: BotRun, bot: SandboxBot) -> list[dict[str, Any]]:
    """`bot_data.transcripts`, whose words are spelled `text`, `start_time`, `end_time`."""
    segments, serial = [], bot.number * 100
    for at, utterance in enumerate(listen(run.hearing)):
        person = None if utterance.person is None else zoom_number(utterance.person)
        words = []
        for word in utterance.words:
            serial += 1
            words.append(
                {
                    "id": serial,
                    "bot_id": bot.number,
                    "start_time": to_seconds(word.start_ms),
                    "end_time": to_seconds(word.end_ms),
                    "text": word.text,
                    "user_id": person,
                }
            )
        segments.append(
            {
                "id": bot.number + at,
                "bot_id": bot.number,
                "speaker": utterance.speaker or "Unknown",
                "start_time": to_seconds(utterance.start_ms),
                "end_time": to_seconds(utterance.end_ms),
                "lang": utterance.language,
                "user_id": person,
                "words": words,
            }
        )
    return segments


def build_baas_v1_webhook(run: BotRun) -> list[dict[str, Any]]:
    """`transcript` of the `complete` event, which spells the same words `word`, `start`, `end`."""
    return [
        {
            "speaker": each.speaker or "Unknown",
            "offset": to_seconds(each.start_ms),
            "start_time": to_seconds(each.start_ms),
            "end_time": to_seconds(each.end_ms),
            "words": [
                {"start": to_seconds(word.start_ms), "end": to_seconds(word.end_ms), "word": word.text}
                for word in each.words
            ],
        }
        for each in listen(run.hearing)
    ]


def build_baas_v2(run: BotRun, recording: BotRecording, bot: SandboxBot) -> dict[str, Any]:
    """The `transcription` artefact."""
    heard = listen(run.hearing)
    return {
        "bot_id": bot.id,
        "provider": run.recogniser,
        "result": {
            "utterances": [_gladia(each, speaker=each.speaker) for each in heard],
            "languages": list(dict.fromkeys(each.language for each in heard)),
            "total_utterances": len(heard),
            "total_duration": to_seconds(recording.length_ms) if heard else 0,
        },
        "created_at": iso_z(run.available_at),
    }


def build_baas_v2_raw(run: BotRun, recording: BotRecording, bot: SandboxBot) -> dict[str, Any]:
    """The `raw_transcription` artefact: the clock and the speakers' numbers of each chunk begin anew."""
    chunks: dict[int, list[Utterance]] = {}
    for each in listen(run.hearing):
        chunks.setdefault(each.start_ms // _CHUNK_MS, []).append(each)
    return {
        "bot_id": bot.id,
        "transcriptions": [
            {
                "metadata": {
                    "audio_duration": to_seconds(min(_CHUNK_MS, recording.length_ms - at * _CHUNK_MS)),
                    "number_of_distinct_channels": 1,
                    "billing_time": to_seconds(min(_CHUNK_MS, recording.length_ms - at * _CHUNK_MS)),
                    "transcription_time": 20.5,
                },
                "transcription": {
                    "full_transcript": " ".join(each.text for each in heard),
                    "languages": list(dict.fromkeys(each.language for each in heard)),
                    "utterances": [_gladia(each, speaker=each.person or 0, less_ms=at * _CHUNK_MS) for each in heard],
                },
            }
            for at, heard in sorted(chunks.items())
        ],
        "created_at": iso_z(run.available_at),
    }


def _gladia(utterance: Utterance, *, speaker: str | int, less_ms: int = 0) -> dict[str, Any]:
    """Words after the first begin with the blank that stands before them."""
    return {
        "text": utterance.text,
        "language": utterance.language,
        "start": to_seconds(utterance.start_ms - less_ms),
        "end": to_seconds(utterance.end_ms - less_ms),
        "confidence": _confidence(utterance),
        "channel": 0,
        "words": [
            {
                "word": word.text if at == 0 or utterance.language in {"ja", "zh"} else f" {word.text}",
                "start": to_seconds(word.start_ms - less_ms),
                "end": to_seconds(word.end_ms - less_ms),
                "confidence": word.confidence,
            }
            for at, word in enumerate(utterance.words)
        ],
        "speaker": speaker,
    }


def build_recall(run: BotRun, recording: BotRecording) -> list[dict[str, Any]]:
    """Parts of 1.11. A recogniser that was told no names gives letters, and nobody's id."""
    parts = []
    for each in listen(run.hearing):
        participant = build_recall_person(each.person, run.hearing.names)
        if run.hearing.numbered:
            participant |= {"id": None, "name": _letter(each), "is_host": None, "platform": "unknown", "email": None}
            participant["extra_data"] = None
        words = [_recall_word(word, recording.started_at) for word in each.words]
        parts.append({"participant": participant, "words": words})
    return parts


def _recall_word(word: Word, t0: datetime) -> dict[str, Any]:
    return {
        "text": word.text,
        "start_timestamp": {"relative": to_seconds(word.start_ms), "absolute": iso_z(_after(t0, word.start_ms))},
        "end_timestamp": {"relative": to_seconds(word.end_ms), "absolute": iso_z(_after(t0, word.end_ms))},
    }


def count(run: BotRun) -> dict[str, int]:
    """How much there is in a transcript, and how many of its words differ from what was said."""
    words: Sequence[Word] = [word for each in listen(run.hearing) for word in each.words]
    return {
        "utterances": len(listen(run.hearing)),
        "words": len(words),
        "wrong_words": sum(word.is_wrong for word in words),
    }


def _after(t0: datetime, ms: int) -> datetime:
    return t0 + timedelta(milliseconds=ms)


def _confidence(utterance: Utterance) -> float:
    return round(sum(word.confidence for word in utterance.words) / len(utterance.words), 3)


def _letter(utterance: Utterance) -> str:
    return "Z" if utterance.person is None else chr(ord("A") + utterance.person % 25)
