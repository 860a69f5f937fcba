"""A thousand processes are killed while they append to SQLite and read it: nothing acknowledged is lost, no batch is torn,
no event that was seen is taken back, and the database opens every time. Effects and offsets of its handler stay together.
"""
import tempfile

import common

common.build()
lines = common.Lines()


def kills(target, rules, budget):
    """Runs the rules and gives (exit code, kills, verdicts by rule)."""
    with tempfile.TemporaryDirectory() as folder:
        selected = [part for rule in rules for part in ("--rule", rule)]
        code, output, _ = common.run(common.STREAMTEST, "certify", target, *selected, "--budget", budget, "--report", folder)
        report = common.load(f"{folder}/report.json")
    if code != 0:
        print(output[-6000:])
    ran = {rule["id"]: rule for rule in report["rules"] if rule["id"] in rules}
    return code, ran


code, ran = kills("sqlite:", ["DUR-2", "DUR-3", "DUR-4"], "300s")
count = sum(rule["cases"] for rule in ran.values())
lines.say("kills, at least 1,000", str(count), count >= 1000)
for rule, what in (("DUR-2", "acknowledged events are there"), ("DUR-3", "what was seen is there"),
                   ("DUR-4", "batches whole, the database opens, twice over")):
    lines.say(f"{rule}: {what}", ran[rule]["verdict"], ran[rule]["verdict"] == "pass")
code, ran = kills("sqlite:", ["DUR-5"], "60s")
lines.say("DUR-5: flipped bytes are told", f"{ran['DUR-5']['verdict']}, {ran['DUR-5']['cases']} bytes", code == 0)
code, ran = kills(f"plugin:{common.PLUGINS / 'roles.so'}?sqlite-handler", ["HND-2"], "120s")
lines.say("HND-2: a handler's effects and offset together",
          f"{ran['HND-2']['verdict']}, {ran['HND-2']['cases']} situations", code == 0)
lines.exit()
