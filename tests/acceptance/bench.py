"""The memory stream against the machine's limits, measured in one run."""
import json

import common

common.build()
lines = common.Lines()
code, output, _ = common.run(common.STREAMTEST, "bench", "memory:", "--json")
figures = json.loads(output)
for name, value in figures.items():
    print(f"  {name:<18} {value:10.2f}")


def ratio(what, figure, limit, most):
    value = figures[figure] / figures[limit]
    lines.say(f"{what}, at most {most} x {limit}", f"{value:.2f}", value <= most)


ratio("drain", "drain_ns", "raw_copy_ns", 1.9)
ratio("append", "append_1_ns", "raw_push_ns", 1.6)
ratio("fan-out to 10,000", "fanout_10k_ms", "raw_post_10k_ms", 2.5)
lines.say("bytes of a waiting asynchronous cursor, at most 660", f"{figures['waiting_bytes']:.0f}",
          figures["waiting_bytes"] <= 660)
code, output, _ = common.run(common.BUILD / "bin" / "unit_memorystream", "--gtest_filter=*NotMatch*:*Unmatched*:*DoesNotMatch*")
lines.say("polls of cursors whose filter doesn't match: unit test", f"exit code {code}", code == 0 and "PASSED" in output)
lines.exit()
