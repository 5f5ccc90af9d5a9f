"""Memory does not grow with what is attached."""

import subprocess
import sys
from pathlib import Path

from tests.exchange.edxml.letters import letter
from tests.launcher.small_house import ROOT

_MB = 2**20
_SCRIPT = """
import resource, sys
from pathlib import Path
from interchange.edxml import reader, writer
from tests.exchange.edxml.letters import letter
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
folder = Path(sys.argv[1])
small = letter(folder / "small")
with (folder / "small.edxml").open("wb") as target:
    writer.write(small, target)
with (folder / "small.edxml").open("rb") as source:
    reader.read(source, folder)
before = peak()
large = writer.described(folder / "large.pdf")
with (folder / "large.edxml").open("wb") as target:
    writer.write(small.__class__(**{**small.__dict__, "attachments": (large,)}), target)
with (folder / "large.edxml").open("rb") as source:
    (found,) = reader.read(source, folder).attachments
assert found.sha256 == large.sha256
print(peak() - before)
"""


def test_sixty_megabytes_are_written_and_read_in_a_few(tmp_path: Path) -> None:
    letter(tmp_path / "small")
    with (tmp_path / "large.pdf").open("wb") as file, Path("/dev/urandom").open("rb") as noise:
        file.write(b"%PDF-1.7\n")
        for _ in range(60):
            file.write(noise.read(_MB))
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 20
