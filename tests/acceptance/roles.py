"""The project's own consumer and handlers are conformant, and their certificates stand."""
import tempfile

import common

common.build()
lines = common.Lines()
for role in ("consumer", "memory-handler", "sqlite-handler"):
    with tempfile.TemporaryDirectory() as folder:
        code, output, seconds = common.run(common.STREAMTEST, "certify", f"plugin:{common.PLUGINS / 'roles.so'}?{role}",
                                           "--report", folder)
        report = common.load(f"{folder}/report.json")
        passed = [rule for rule in report["rules"] if rule["verdict"] == "pass"]
        tried = sum(rule["cases"] for rule in passed)
        own = [rule for rule in report["rules"] if rule["verdict"] != "not_selected"]
        lines.say(f"{role}: verdict", f"{report['verdict']}, exit code {code}", report["verdict"] == "conformant" and code == 0)
        lines.say(f"{role}: rules passed", f"{len(passed)} of {len(own)}, {tried} tried", len(passed) == len(own) > 0)
        lines.say(f"{role}: seconds", f"{seconds:.1f}", seconds <= 30)
        code, output, _ = common.run(common.STREAMTEST, "verify", f"{folder}/report.json")
        lines.say(f"{role}: the certificate stands", f"exit code {code}", code == 0)
lines.exit()
