"""`python -m crash points|kills|power|bot-points|bot-kills|bot-schedules`: the long forms (see `make gauntlet`).

Ends with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from crash import gauntlet


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, what in (("points", "kills and errors at every call"), ("bot-points", "kills at every call of a pull")):
        command = commands.add_parser(name, help=what)
        command.add_argument("--limit", type=int, default=0, help="so many blows of each scene, chosen by the seed")
        command.add_argument("--seed", default="1")
        command.add_argument("--only", default="", help="scenes whose name holds this")
        command.add_argument("--kills-only", action="store_true")
        command.add_argument("--errors-only", action="store_true")
        command.set_defaults(run=gauntlet.points, bots=name == "bot-points", kills_only=name == "bot-points")
    for name, turns, count in (("kills", 40, 25), ("bot-kills", 30, 10)):
        command = commands.add_parser(name, help="SIGKILL at random moments of a busy run")
        command.add_argument("--turns", type=int, default=turns)
        command.add_argument("--per-turn", type=int, default=count)
        command.add_argument("--seed", default="1")
        command.set_defaults(run=gauntlet.kills, bots=name == "bot-kills")
    command = commands.add_parser("bot-schedules", help="seeded faults of the bots' APIs")
    command.add_argument("--count", type=int, default=1000)
    command.add_argument("--first", type=int, default=0, help="the first seed")
    command.set_defaults(run=gauntlet.schedules)
    command = commands.add_parser("power", help="power cuts of an image; root only")
    command.add_argument("--count", type=int, default=200)
    command.add_argument("--seed", default="1")
    command.set_defaults(run=gauntlet.power)
    options = parser.parse_args(words)
    return 0 if options.run(options) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
