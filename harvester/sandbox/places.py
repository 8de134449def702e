"""Where a fault can strike: the kinds of requests, as they stand in the log too."""

from __future__ import annotations

WHERE = {
    "token": "the OAuth token endpoint",
    "users": "GET /users",
    "listing": "the recordings of an account or of a user",
    "meeting": "the recordings of one meeting",
    "instances": "past instances of a meeting",
    "participants": "who took part in a meeting",
    "other": "every other API call",
    "api": "every API call except the token endpoint",
    "download": "a download URL, before its redirect",
    "file": "the bytes, on the second origin, of bots too",
    "bot_listing": "a page of a bot API's bots",
    "bot_detail": "one bot, its state, its transcripts' states",
    "bot_document": "what a bot API answers itself: a transcript, people, a chat, a timeline",
    "bot_address": "where a bot's sound or video lies",
    "bot_control": "send, remove, delete, retranscribe",
    "any": "everywhere",
}
_BOTS = frozenset({"bot_listing", "bot_detail", "bot_document", "bot_address", "bot_control"})
API = frozenset({"users", "listing", "meeting", "instances", "participants", "other"}) | _BOTS
