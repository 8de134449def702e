"""The DuckDB views over people: who is behind a speaker's label and how that is known, and their load of meetings.

Decides what tells two people apart. A name alone never makes one person of two: where a name may mean several, it stays
unresolved. Never runs SQL.

Of a recording's participants a second device counts as whose it is, bots are nobody, and a row of nothing but a name is
nobody of its own beside another of that name. A mail address that one user of a source has belongs to that user.
"""

from __future__ import annotations

from schemas.correction_views import SPEAKER
from schemas.speech_views import CHOSEN
from schemas.table import MS, TEXT, Disguise, code, disguised, maybe
from schemas.view import DATE, DAY, NUMBER, View, borrow, shown

PERSON_KEY = disguised(
    maybe(
        "person_key",
        TEXT,
        "user:<source>:<user id>, email:<address> or alias:<name>, the same over all recordings; where nobody knows "
        "more participant:<recording>/<participant>, which means nobody outside that recording",
    ),
    Disguise.ID,
)


def _plain(name: str) -> str:
    """The name without what people write differently: case, accents, blanks, marks that cannot be seen."""
    visible = rf"regexp_replace({name}, '\p{{Cf}}', '', 'g')"
    return rf"trim(regexp_replace(lower(strip_accents(nfc_normalize({visible}))), '[\s\p{{Z}}]+', ' ', 'g'))"


_ATTENDED = """\
devices AS (
    SELECT p.date, p.source, p.recording_key, coalesce(d.participant_key, p.participant_key) AS participant_key,
        trim(p.name) AS name, coalesce(p.native_id, d.native_id) AS native_id,
        coalesce(p.user_id, d.user_id) AS user_id, lower(trim(coalesce(p.email, d.email))) AS email,
        p.joined_at, p.left_at, d.participant_key IS NOT NULL AS is_device
    FROM participants p
    LEFT JOIN participants d ON d.date = p.date AND d.recording_key = p.recording_key
        AND d.participant_key = p.parent_key
    WHERE p.is_bot IS NOT TRUE),
owners AS (
    SELECT source, email, min(user_id) AS user_id FROM devices WHERE user_id IS NOT NULL AND email IS NOT NULL
    GROUP BY source, email HAVING min(user_id) = max(user_id)),
attended AS (
    SELECT v.*, CASE
            WHEN coalesce(v.user_id, o.user_id) IS NOT NULL THEN 'user:' || v.source || ':'
                || coalesce(v.user_id, o.user_id)
            WHEN v.email IS NOT NULL THEN 'email:' || v.email
            ELSE 'participant:' || v.recording_key || '/' || v.participant_key END AS person_key,
        CASE WHEN v.user_id IS NOT NULL THEN 'user_id' WHEN v.email IS NOT NULL THEN 'email' ELSE 'roster' END
            AS method
    FROM devices v LEFT JOIN owners o ON o.source = v.source AND o.email = v.email),
persons AS (
    SELECT person_key, coalesce(
            arg_max(name, [date::VARCHAR, recording_key, participant_key]) FILTER (NOT is_device),
            max(name)) AS person,
        CASE WHEN min(email) = max(email) THEN min(email) END AS email
    FROM attended WHERE method <> 'roster' GROUP BY person_key)"""

# Of each list of aliases the narrowest that fit are kept; when they name several people, nobody is meant.
_PEOPLE = f"""\
WITH {CHOSEN},
{_ATTENDED},
rosters AS (
    SELECT date, recording_key, name, coalesce(min(person_key) FILTER (is_somebody), min(person_key)) AS person_key,
        count(DISTINCT person_key) FILTER (is_somebody) <= 1 AS is_one,
        max(method) FILTER (method = 'user_id') AS by_user, max(method) FILTER (method = 'email') AS by_email
    FROM (SELECT *, native_id IS NOT NULL OR method <> 'roster' AS is_somebody FROM attended)
    WHERE name <> '' GROUP BY date, recording_key, name),
namesakes AS (
    SELECT date, recording_key, {_plain("name")} AS plain_name, list(DISTINCT person_key) AS person_keys
    FROM attended WHERE native_id IS NOT NULL OR method <> 'roster' GROUP BY date, recording_key, plain_name),
account AS (
    SELECT source, {_plain("name")} AS plain_name, min(person_key) AS person_key
    FROM attended WHERE method <> 'roster' GROUP BY source, plain_name HAVING min(person_key) = max(person_key)),
handmade AS (
    SELECT label, list({{'person': person, 'email': lower(trim(email)), 'source': source,
        'recording_key': recording_key, 'width': (recording_key IS NULL)::INTEGER * 2 + (source IS NULL)::INTEGER}})
        AS rows
    FROM aliases GROUP BY label),
spoken AS (
    SELECT s.date, s.source, s.recording_key, s.speaker, bool_or(s.speaker_kind = 'named') AS is_named
    FROM corrected_segments s JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
    WHERE s.speaker IS NOT NULL GROUP BY s.date, s.source, s.recording_key, s.speaker),
fitting AS (
    SELECT s.*, {_plain("s.speaker")} AS plain_name, [h FOR h IN a.rows IF coalesce(h.source = s.source, true)
        AND coalesce(h.recording_key = s.recording_key, true)] AS rows
    FROM spoken s LEFT JOIN handmade a ON a.label = s.speaker),
aliased AS (
    SELECT * EXCLUDE (rows), list_distinct([{{'person': h.person, 'email': h.email}} FOR h IN rows
        IF h.width = list_min([w.width FOR w IN rows])]) AS aliases
    FROM fitting),
judged AS (
    SELECT s.*, r.person_key AS roster_key, k.person_key AS account_key, s.aliases[1] AS alias, CASE
            WHEN len(s.aliases) > 0 THEN CASE len(s.aliases) WHEN 1 THEN 'alias' ELSE 'unresolved' END
            WHEN NOT s.is_named THEN 'unresolved'
            WHEN r.name IS NOT NULL THEN
                CASE WHEN r.is_one THEN coalesce(r.by_user, r.by_email, 'roster') ELSE 'unresolved' END
            WHEN k.person_key IS NOT NULL AND coalesce(n.person_keys = [k.person_key], true) THEN 'account_name'
            ELSE 'unresolved' END AS method
    FROM aliased s
    LEFT JOIN rosters r ON r.date = s.date AND r.recording_key = s.recording_key AND r.name = s.speaker
    LEFT JOIN namesakes n ON n.date = s.date AND n.recording_key = s.recording_key AND n.plain_name = s.plain_name
    LEFT JOIN account k ON k.source = s.source AND k.plain_name = s.plain_name),
keyed AS (
    SELECT j.*, CASE j.method
            WHEN 'unresolved' THEN NULL
            WHEN 'account_name' THEN j.account_key
            WHEN 'alias' THEN coalesce('user:' || j.source || ':' || o.user_id, 'email:' || j.alias.email,
                'alias:' || j.alias.person)
            ELSE j.roster_key END AS person_key
    FROM judged j LEFT JOIN owners o ON o.source = j.source AND o.email = j.alias.email)
SELECT k.date, k.source, k.recording_key, k.speaker, k.person_key,
    CASE WHEN k.method <> 'unresolved' THEN coalesce(CASE k.method WHEN 'alias' THEN k.alias.person END, p.person,
        k.speaker) END AS person,
    coalesce(CASE k.method WHEN 'alias' THEN k.alias.email END, p.email) AS email, k.method,
    CASE k.method WHEN 'alias' THEN 'certain' WHEN 'user_id' THEN 'high' WHEN 'email' THEN 'high'
        WHEN 'roster' THEN 'medium' WHEN 'account_name' THEN 'low' ELSE 'none' END AS confidence
FROM keyed k LEFT JOIN persons p ON p.person_key = k.person_key"""

# A meeting that several sources saw is one; of what they say of one person's time the longest counts.
_MEETING_LOAD = f"""\
WITH {_ATTENDED},
meetings AS (
    SELECT r.date, r.recording_key, r.duration_ms, coalesce(
        CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key) AS meeting_key
    FROM recordings r LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key),
present AS (
    SELECT a.date, a.recording_key, a.person_key, p.person, p.email, false AS has_spoken,
        epoch_ms(max(a.left_at)) - epoch_ms(min(a.joined_at)) AS stay_ms
    FROM attended a JOIN persons p ON p.person_key = a.person_key
    GROUP BY a.date, a.recording_key, a.person_key, p.person, p.email
    UNION ALL
    SELECT date, recording_key, person_key, person, email, true, NULL
    FROM people WHERE method NOT IN ('roster', 'unresolved')),
attendances AS (
    SELECT m.date, m.meeting_key, coalesce('email:' || p.email, p.person_key) AS who, max(p.person_key) AS person_key,
        max(p.person) AS person, max(p.email) AS email, bool_or(p.has_spoken) AS has_spoken,
        greatest(coalesce(max(p.stay_ms), max(m.duration_ms), 0), 0) AS stay_ms
    FROM present p JOIN meetings m ON m.date = p.date AND m.recording_key = p.recording_key
    GROUP BY m.date, m.meeting_key, who),
meeting_days AS (
    SELECT min(date) AS date, meeting_key, who, max(person_key) AS person_key, max(person) AS person,
        max(email) AS email, bool_or(has_spoken) AS has_spoken, max(stay_ms) AS stay_ms
    FROM attendances GROUP BY meeting_key, who)
SELECT date_trunc('week', date)::DATE AS week, max(person_key) AS person_key, arg_max(person, date) AS person,
    max(email) AS email, count(*) AS n_meetings, sum(stay_ms) / 3_600_000 AS meeting_hours,
    count(*) FILTER (has_spoken) AS n_meetings_spoken
FROM meeting_days GROUP BY week, who"""

PEOPLE_VIEWS = (
    View(
        "people",
        "who is behind each speaker of the transcript that counts. `method`, with the word in `confidence`: alias "
        "(certain) written by hand in aliases; user_id (high), email (high): the one participant of that very name has "
        "a user id or a mail address; roster (medium): the one participant of that very name, of whom nobody knows "
        "more; account_name (low): the name, case, accents and blanks aside, is that of exactly one known person of "
        "that source; unresolved (none): nobody, or several of that name. person_key is `user:<source>:<id>`, "
        "`email:<address>`, `alias:<name>`, or the recording's own participant where nobody knows more",
        "SELECT speaker, person, method, confidence FROM people WHERE date = '2026-11-23' ORDER BY ALL",
        (
            DAY,
            *borrow("segments", "source", "recording_key"),
            SPEAKER,
            PERSON_KEY,
            shown(
                "person",
                "Name as last seen, or as written in aliases; null where unresolved",
                Disguise.NAME,
            ),
            shown("email", "Mail address of the person, where one is known", Disguise.EMAIL),
            code("method", "alias, user_id, email, roster, account_name or unresolved"),
            code("confidence", "certain, high, medium, low or none, by method"),
        ),
        _PEOPLE,
    ),
    View(
        "meeting_load",
        "meetings and hours per person and week, of people who are known over several recordings, as participants or "
        "as speakers; a meeting that several sources saw counts once",
        "SELECT week, person, n_meetings, round(meeting_hours, 1) AS hours FROM meeting_load ORDER BY ALL",
        (
            maybe("week", DATE, "Monday of the week, UTC"),
            PERSON_KEY,
            shown("person", "Name of the person", Disguise.NAME),
            shown("email", "Mail address of the person, which joins what several sources know", Disguise.EMAIL),
            maybe("n_meetings", MS, "Meetings"),
            maybe("meeting_hours", NUMBER, "From coming to going, where not known the recording's length", "h"),
            maybe("n_meetings_spoken", MS, "Meetings in whose transcript it speaks"),
        ),
        _MEETING_LOAD,
    ),
)
