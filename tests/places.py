"""Where the things are that tests read."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
PACKAGE = ROOT / "gradcli"
README = ROOT / "README.md"
MANUAL = ROOT / "gradcli.1"
EXAMPLES = ROOT / "examples"
CORPUS = ROOT.parent / "shared" / "corpus"  # beside a checkout, and not everywhere
