"""The stream on SQLite against SQLite's own interface, each ratio measured in one run; the median of five runs."""
import json
import statistics

import common

common.build()
lines = common.Lines()
runs = [json.loads(common.run(common.STREAMTEST, "bench", "sqlite:", "--json")[1]) for _ in range(5)]
for name in runs[0]:
    print(f"  {name:<18} {statistics.median(run[name] for run in runs):10.2f}")
for what, figure, limit, most in (("drain", "drain_ns", "raw_scan_ns", 5), ("append of 100", "append_100_ns", "raw_insert_100_ns", 2.3)):
    value = statistics.median(run[figure] / run[limit] for run in runs)
    lines.say(f"{what}, at most {most} x {limit}", f"{value:.2f}", value <= most)
lines.exit()
