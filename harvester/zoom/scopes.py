"""The granular scopes an app needs, with what each is for."""

from __future__ import annotations

ACCOUNT_RECORDINGS = "cloud_recording:read:list_account_recordings:admin"
USER_RECORDINGS = "cloud_recording:read:list_user_recordings:admin"
RECORDING_FILES = "cloud_recording:read:list_recording_files:admin"
USERS = "user:read:list_users:admin"
PAST_INSTANCES = "meeting:read:list_past_instances:admin"

REQUIRED_SCOPES: dict[str, str] = {
    ACCOUNT_RECORDINGS: "list the whole account in one go (else user by user)",
    USER_RECORDINGS: "list each user's recordings",
    RECORDING_FILES: "see and download a recording's files",
    USERS: "list the users, deactivated ones included",
    PAST_INSTANCES: "find all instances of a meeting number",
}
