"""Published streams on a real PostgreSQL server: what fails is what docs/certified.md confirms, and a dead server is told.

It needs Debian's package postgresql-15, which the rest of the project doesn't, and says how to install it.
"""
import argparse
import pathlib
import sys
import threading

import common
import published

sys.path.insert(0, str(common.ROOT / "tests" / "conformance"))
from postgres_server import postgres_server, programs  # noqa: E402

STREAMS = ("eventsourcing-postgres", "eventsourcing-postgres-functions")

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--streamtest", type=pathlib.Path, help="a build's binary; without it the release build is made")
arguments = parser.parse_args()
programs()  # so that it says at once what is missing
if not arguments.streamtest:
    common.build()
streamtest = arguments.streamtest or common.STREAMTEST
lines = common.Lines()
python = published.eventsourcing_test.python_with_testee(streamtest.resolve().parents[1] / "postgres-venv", STREAMS[0])
targets = {stream: f"exec:exec {python} -m streamtest_testee --stream {stream}" for stream in STREAMS}


def left(server):
    """How many schemas of streams there are."""
    return int(common.run(programs() / "psql", "--tuples-only", "--no-align", "--command",
                          "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'streamtest%'", environment=server.environment)[1])


with postgres_server() as server:
    for stream, target in targets.items():
        published.certify(lines, streamtest, stream, target, server.environment)
    lines.say("  schemas left behind", f"{left(server)} (0)", left(server) == 0)

with postgres_server() as server:
    killer = threading.Timer(5.0, server.die)
    killer.start()
    code, output, seconds = common.run(streamtest, "certify", targets[STREAMS[0]], "--budget", "30s", "--patience",
                                       "5s", environment=server.environment)
    killer.cancel()
    killer.join()
told = "no PostgreSQL server answers" in output
lines.say("the server dies in the middle of a run: told", f"exit code {code}, {seconds:.0f} s", code in (1, 2, 3) and told)
if not told:
    print(output)
lines.exit()
