"""A certification on a database of other applications leaves it as it was: every row of every table.

Usage: sqlite_existing.py STREAMTEST SQLITE_PROCESS [BUDGET]
"""
import hashlib
import pathlib
import sqlite3
import subprocess
import sys
import tempfile


def content(file):
    """What is in the database, as text; the file's bytes move when pages are used and freed."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        return hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()


def main():
    streamtest, process = sys.argv[1:3]
    budget = sys.argv[3] if len(sys.argv) > 3 else "quick"
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "existing.db"
        subprocess.run([process, "append", str(file), "others", "500"], check=True, stdout=subprocess.DEVNULL)
        before = content(file)
        code = subprocess.run([streamtest, "certify", f"sqlite:{file}", "--budget", budget], stdout=subprocess.DEVNULL,
                              check=False).returncode
        after = content(file)
    print(f"exit code {code}, content {'the same' if before == after else 'CHANGED'}")
    return 0 if code == 0 and before == after else 1


if __name__ == "__main__":
    sys.exit(main())
