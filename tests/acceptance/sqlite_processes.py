"""Several processes on one SQLite database: 100,000 events by four appenders with a live reader, and how they wake."""
import json

import common

common.build()
lines = common.Lines()
script = common.ROOT / "tests" / "conformance" / "sqlite_processes.py"
code, output, _ = common.run("python3", script, common.BUILD / "tests" / "conformance" / "sqlite_process", "25000")
figures = json.loads(output.splitlines()[-1])
lines.say("processes that ended well", f"exit code {code}", code == 0)
for name in ("gaps", "torn_batches", "wrong_offsets"):
    lines.say(f"{name} in 100,000 events of four appenders", figures[name], figures[name] == 0)
lines.say("append in one process to next in another, p50, at most 60 us after it", f"{figures['after_append_p50_us']:.1f}",
          figures["after_append_p50_us"] <= 60)
lines.say("part of a core that a waiting process uses, below 0.01", f"{figures['processor_while_waiting']:.4f}",
          figures["processor_while_waiting"] < 0.01)
lines.say("seconds after a death between commit and wake-up, at most 2", f"{figures['silent_seconds']:.2f}",
          figures["killed_before_wake_up"] and figures["silent_seconds"] <= 2)
lines.exit()
