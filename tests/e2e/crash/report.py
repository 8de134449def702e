"""What a sweep has found, as lines for people: a table by call, then every finding with what repeats it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from crash.sweep import KILLS, Outcome

_ID = re.compile(r"[0-9a-f]{12,}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{2}/[0-9]{2}/[\w-]+")


def render_table(outcomes: Iterable[Outcome]) -> str:
    """One line per scene and call: points struck, kills delivered, errors delivered, what failed."""
    outcomes = list(outcomes)
    points, kills, errors, wrong = (Counter[tuple[str, str]]() for _ in range(4))
    for each in outcomes:
        where = (each.blow.scene, each.blow.point.call)
        points[where] += 1
        is_kill = each.blow.fault.action in KILLS
        kills[where] += each.struck and is_kill
        errors[where] += each.struck and not is_kill
        wrong[where] += bool(each.wrong)
    lines = [f"{'scene':14} {'call':12} {'points':>7} {'kills':>7} {'errors':>7} {'failed':>7}"]
    for scene, call in sorted(points):
        where = (scene, call)
        lines.append(f"{scene:14} {call:12} {points[where]:7} {kills[where]:7} {errors[where]:7} {wrong[where]:7}")
    totals = [sum(each.values()) for each in (points, kills, errors, wrong)]
    lines.append(f"{'':14} {'all':12} " + " ".join(f"{each:7}" for each in totals))
    runs = Counter(each.clean_runs for each in outcomes)
    lines.append("clean runs needed: " + ", ".join(f"{number}: {count}" for number, count in sorted(runs.items())))
    return "\n".join(lines)


def render_findings(outcomes: Iterable[Outcome]) -> str:
    return "\n\n".join(str(each) for each in outcomes if each.wrong)


def render_sentences(outcomes: Iterable[Outcome]) -> str:
    """What the runs said of the errors that struck them, ids and numbers taken out, the commonest first."""
    said = Counter(
        f"{each.code}: {_ID.sub('*', ' | '.join(each.said))}" for each in outcomes if each.code > 0 and each.said
    )
    return "\n".join(f"{count:6} exit code {text}" for text, count in said.most_common())
