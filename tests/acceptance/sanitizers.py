"""Every test under ASan+UBSan (gcc) and under TSan (clang)."""
import common

lines = common.Lines()
for preset, prefix in (("asan-ubsan", []), ("tsan", ["setarch", "--addr-no-randomize"])):
    code, output, seconds = common.run(*prefix, "cmake", "--workflow", "--preset", preset, cwd=common.ROOT)
    lines.say(preset, f"exit code {code}, {seconds:.0f} s", code == 0)
    if code != 0:
        print(output[-8000:])
lines.exit()
