"""The network stream against a bare stream of gRPC's C++, and against a server and a client on grpc-go, in turn on one
machine: the medians of several rounds. The times are by the clock and of the processors, of both sides together.

Usage: network_bench.py [--rounds N]
"""
import argparse
import json
import re
import statistics

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=7)
arguments = parser.parse_args()
common.build()
lines = common.Lines()
PEER = common.ROOT / "tests" / "interop" / "go"


def go(name, times, unit):
    """What a benchmark of the Go peer measured, by the unit."""
    command = ["go", "test", "-run", "^$", "-bench", f"{name}$", "-benchtime", f"{times}x", "./internal/server"]
    code, output, _ = common.run(*command, cwd=PEER)
    measured = re.findall(rf"([\d.]+) {unit}\b", output)
    if code or len(measured) != 1:
        raise SystemExit(output)
    return float(measured[0]), output


def round_of_all():
    figures = json.loads(common.run(common.BUILD / "bin" / "network_bench")[1])
    figures["go_drain_cpu_ns"], output = go("BenchmarkDrain", 100_000, "cpu-ns/op")
    figures["go_drain_ns"] = float(re.search(r"([\d.]+) ns/op", output)[1])
    figures["go_wake_up_p50_ns"], _ = go("BenchmarkWakeUp", 3_000, "p50-ns")
    return figures


rounds = [round_of_all() for _ in range(arguments.rounds)]
for name in rounds[0]:
    print(f"  {name:<20} {statistics.median(each[name] for each in rounds):10.0f}")


lines.ratio(rounds, "drain", "drain_ns", "raw_drain_ns", 1.2)
lines.ratio(rounds, "its processor time", "drain_cpu_ns", "raw_drain_cpu_ns", 1.2)
lines.ratio(rounds, "drain", "drain_ns", "go_drain_ns", 0.8)
lines.ratio(rounds, "its processor time", "drain_cpu_ns", "go_drain_cpu_ns", 0.8)
lines.ratio(rounds, "wake-up", "wake_up_p50_ns", "go_wake_up_p50_ns", 1.0)
lines.exit()
