"""Rules weigh suspects on the tree: what can't be parsed is not judged, and without a suspect no parser is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from leaklint.testing import check
from leaklint.trees import MAX_ROWS

ASK = """
class Client:
    def __init__(self, loop):
        self.loop = loop
        self.pending = {}

    async def ask(self, number, future):
        self.pending[number] = future
        await future
        self.pending.pop(number)

    def close(self):
        self.pending.clear()
"""


def test_a_fault_that_is_seen_is_reported() -> None:
    [found] = check({"client.py": ASK})
    assert (found.code, found.confidence) == ("LK304", "medium")
    assert any(each.kind == "removal" and each.row == 10 and "line 9" in each.text for each in found.evidence)


def test_a_function_too_long_to_parse_is_not_judged() -> None:
    padding = "        print()\n" * (MAX_ROWS + 1)
    assert check({"client.py": ASK.replace("        await future\n", padding + "        await future\n")}) == ()


def test_without_a_suspect_libcst_stays_out(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("SEEN = {}\n\n\ndef see(key):\n    SEEN[key] = 1\n")
    code = (
        "import sys; from leaklint.cli import main\n"
        f"main(['check', {str(tmp_path)!r}, '--no-cache', '--exit-zero', '-q'])\n"
        "sys.exit('libcst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr
