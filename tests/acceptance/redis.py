"""The guide's Redis stream against a real server: conformant; with the server killed: told, no hang, no pass."""
import common

common.build()
lines = common.Lines()
code, output, seconds = common.run("python3", common.ROOT / "tests/conformance/redis_test.py", common.STREAMTEST,
                                   common.BUILD / "docs/examples/redis_stream/redis_stream.so", "--budget", "default")
lines.say("certified against a real server, and a dead one is told", f"exit code {code}, {seconds:.0f} s", code == 0)
if code != 0:
    print(output)
lines.exit()
