"""The ledger's tables, and the steps from one version of them to the next.

Times are ISO-8601 text in UTC, which sorts as time. A step is never changed once released; a new one is added.
"""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT
        """,
        """
        CREATE TABLE recordings (
            recording_key     TEXT PRIMARY KEY,
            source            TEXT NOT NULL,
            native_id         TEXT NOT NULL,
            date              TEXT NOT NULL,            -- partition: UTC date of the start
            started_at        TEXT NOT NULL,
            folder            TEXT NOT NULL,            -- below the archive's root
            listing_sha256    TEXT,                     -- of the listing last worked through; NULL: work is open
            selection         TEXT,                     -- the rules that skipped something; NULL: nothing is skipped
            transcript_status TEXT,
            next_try_at       TEXT,                     -- NULL: nothing is owed
            attempts          INTEGER NOT NULL DEFAULT 0,
            last_error        TEXT,
            entry_sha256      TEXT,                     -- of recording.json when it was last staged
            seq               INTEGER NOT NULL DEFAULT 0,
            published_seq     INTEGER NOT NULL DEFAULT 0,
            published_date    TEXT,                     -- partition that holds its rows now
            published_sha256  TEXT                      -- entry_sha256 that those rows were made from
        ) STRICT
        """,
        """
        CREATE INDEX recordings_due ON recordings (next_try_at) WHERE next_try_at IS NOT NULL
        """,
        """
        CREATE INDEX recordings_unpublished ON recordings (date, source) WHERE published_seq < seq
        """,
        """
        CREATE TABLE files (
            recording_key TEXT NOT NULL REFERENCES recordings ON DELETE CASCADE,
            file_key      TEXT NOT NULL,
            kind          TEXT NOT NULL,
            status        TEXT NOT NULL,
            name          TEXT,
            listed_bytes  INTEGER,
            size_bytes    INTEGER,
            sha256        TEXT,
            fetched_at    TEXT,
            attempts      INTEGER NOT NULL DEFAULT 0,
            error         TEXT,
            PRIMARY KEY (recording_key, file_key)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE staged_files (
            path          TEXT PRIMARY KEY,             -- below the staging folder
            recording_key TEXT NOT NULL,
            seq           INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE runs (
            run_id      TEXT PRIMARY KEY,
            command     TEXT NOT NULL,
            started_at  TEXT NOT NULL,
            finished_at TEXT,
            exit_code   INTEGER,
            summary     TEXT
        ) STRICT
        """,
    ),
    (
        # a fingerprint of what a listing says, cheap enough to take of every entry of every night; the hashes that
        # stood here match no fingerprint, so what is listed again is looked into once more and found as it was
        """
        ALTER TABLE recordings RENAME COLUMN listing_sha256 TO listing_fingerprint
        """,
        # staged rows are named below the staging folder, so that a home can be moved; they were named with the home
        """
        UPDATE staged_files
        SET path = substr('/' || path, instr('/' || path, '/.harvester/staging/') + length('/.harvester/staging/'))
        WHERE instr('/' || path, '/.harvester/staging/')
        """,
    ),
    (
        """
        CREATE TABLE events (
            source       TEXT NOT NULL,
            digest       TEXT NOT NULL,             -- of what it says, without what changes by itself
            name         TEXT NOT NULL,
            intent       TEXT NOT NULL,
            received_at  TEXT NOT NULL,
            happened_at  TEXT,
            body         TEXT NOT NULL,             -- without secrets
            copies       INTEGER NOT NULL,          -- how often it came
            state        TEXT NOT NULL,             -- waiting, done, dead
            attempts     INTEGER NOT NULL,
            next_try_at  TEXT,                      -- NULL: nothing is owed
            last_error   TEXT,
            done_at      TEXT,
            PRIMARY KEY (source, digest)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE INDEX events_due ON events (next_try_at) WHERE next_try_at IS NOT NULL
        """,
        """
        CREATE INDEX events_received ON events (received_at)
        """,
    ),
    (
        # when the source will have deleted what it holds, where it says so
        """
        ALTER TABLE recordings ADD COLUMN expires_at TEXT
        """,
        # when another transcript was asked for, which is awaited since then
        """
        ALTER TABLE recordings ADD COLUMN asked_at TEXT
        """,
        # whether its sender was proven; an event of one that signs nothing is 0
        """
        ALTER TABLE events ADD COLUMN verified INTEGER NOT NULL DEFAULT 1
        """,
    ),
)
