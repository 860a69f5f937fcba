"""The memory stream against the machine's limits, each ratio measured in one run; the median of five runs."""
import json
import statistics

import common

common.build()
lines = common.Lines()
runs = [json.loads(common.run(common.STREAMTEST, "bench", "memory:", "--json")[1]) for _ in range(5)]
figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
for name, value in figures.items():
    print(f"  {name:<18} {value:10.2f}")


lines.ratio(runs, "drain", "drain_ns", "raw_copy_ns", 1.9)
lines.ratio(runs, "append", "append_1_ns", "raw_push_ns", 1.6)
lines.ratio(runs, "fan-out to 10,000", "fanout_10k_ms", "raw_post_10k_ms", 2.5)
lines.say("bytes of a waiting asynchronous cursor, at most 660", f"{figures['waiting_bytes']:.0f}",
          figures["waiting_bytes"] <= 660)
polls = "Waiting.ACursorWhoseFilterDoesNotMatchIsNeverPolled"
code, output, _ = common.run(common.BUILD / "bin" / "unit_memorystream", f"--gtest_filter={polls}")
lines.say("0 polls of cursors whose filter doesn't match: unit test", f"exit code {code}",
          code == 0 and "[  PASSED  ] 1 test." in output)
lines.exit()
