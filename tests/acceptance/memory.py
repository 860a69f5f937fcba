"""`certify memory:` is conformant, quickly, with every rule exactly once."""
import json
import tempfile

import common

common.build()
lines = common.Lines()
rules = [rule["id"] for rule in json.loads(common.run(common.STREAMTEST, "rules", "--json")[1])["rules"]]
for budget, limit in (("default", 30), ("quick", 3)):
    with tempfile.TemporaryDirectory() as folder:
        code, output, seconds = common.run(common.STREAMTEST, "certify", "memory:", "--budget", budget, "--report", folder)
        report = common.load(f"{folder}/report.json")
    lines.say(f"{budget}: exit code", str(code), code == 0)
    lines.say(f"{budget}: verdict", report["verdict"], report["verdict"] == "conformant")
    lines.say(f"{budget}: every rule exactly once", f"{len(report['rules'])} of {len(rules)}",
              [rule["id"] for rule in report["rules"]] == rules)
    lines.say(f"{budget}: seconds, under {limit}", f"{seconds:.1f}", seconds < limit)
    if budget == "default":
        programs = report["run"]["programs"]
        lines.say("default: generated programs, at least 200", str(programs), programs >= 200)
        schedules = report["run"]["schedules"]
        lines.say("default: schedules, at least 20,000", str(schedules), schedules >= 20_000)
lines.exit()
