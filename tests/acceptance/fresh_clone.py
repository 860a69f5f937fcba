"""Both README commands on a fresh clone of what is committed."""
import pathlib
import tempfile

import common

lines = common.Lines()
with tempfile.TemporaryDirectory() as folder:
    clone = pathlib.Path(folder) / "streamtest"
    common.run("git", "clone", "--quiet", common.ROOT, clone)
    for preset in ("certify", "test"):
        code, output, seconds = common.run("bash", "-c", f".ci/deps && cmake --workflow --preset {preset}", cwd=clone)
        lines.say(f".ci/deps && cmake --workflow --preset {preset}", f"exit code {code}, {seconds:.0f} s", code == 0)
        if code != 0:
            print(output[-6000:])
        if preset == "certify":
            for name in ("memory/report.json", "memory/junit.xml", "sqlite/report.json", "sqlite/junit.xml"):
                report = clone / "reports" / name
                lines.say(f"reports/{name} is there", "yes" if report.exists() else "no", report.exists())
lines.exit()
