"""`certify sqlite:` is conformant with durability = process, quickly; on a database of others, which stays as it is."""
import tempfile

import common

common.build()
lines = common.Lines()
with tempfile.TemporaryDirectory() as folder:
    code, output, seconds = common.run(common.STREAMTEST, "certify", "sqlite:", "--report", folder)
    report = common.load(f"{folder}/report.json")
if code != 0:
    print(output[-6000:])
lines.say("exit code", str(code), code == 0)
lines.say("verdict", report["verdict"], report["verdict"] == "conformant")
durability = report["subject"]["capabilities"].get("durability", "none")
lines.say("durability", durability, durability == "process")
lines.say("seconds, at most 30", f"{seconds:.1f}", seconds <= 30)
schedules = report["run"]["schedules"]
lines.say("schedules, at least 500", str(schedules), schedules >= 500)
code, output, _ = common.run("python3", common.ROOT / "tests/conformance/sqlite_existing.py", common.STREAMTEST,
                             common.BUILD / "tests/conformance/sqlite_process", "default")
lines.say("on a database of other applications", output.strip(), code == 0)
lines.exit()
