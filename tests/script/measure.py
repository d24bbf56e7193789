"""How often the cause and the line of a script's mistake are found: cases as in the corpus of autograd's errors.

    python tests/script/measure.py CASES [--trace] [--only TEXT] [--jobs N] [-v]

CASES is a file of JSON Lines or a folder of such files; a case has ``id``, ``script``, ``line``, ``also``,
``keywords`` or ``run_keywords``, ``not_in_name``. A cause is right if a keyword stands in the first cause's text, the
message's own words and code taken out, and nothing of ``not_in_name`` in its name.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradcli.catalogue.pasted import Place, read_pasted
from gradcli.catalogue.recognise import recognise
from gradcli.catalogue.row import Cause, filled
from gradcli.catalogue.table import CAUSES
from gradcli.foreign.script.launch import Streams, launch

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "autograd_errors.jsonl"
_CODE = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was said of a case, and whether it is right."""

    id: str
    cause: str
    wanted: str
    cause_right: bool
    line: int
    wanted_line: int
    line_right: bool
    file_right: bool
    certain: bool
    found: bool
    trouble: str

    def __str__(self) -> str:
        marks = "".join("+" if right else "-" for right in (self.cause_right, self.line_right, self.file_right))
        said = "certain" if self.certain else "likely"
        how = "finder" if self.found else "row"
        lines = f"{self.line}/{self.wanted_line}"
        return f"{marks} {self.id:32} {self.cause or '(none)':26} of {self.wanted:26} {lines:8} {said:8} {how}"


def cases_of(path: Path) -> Iterator[dict[str, Any]]:
    """The cases that have a script which fails here."""
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        for line in file.read_text().splitlines():
            case = json.loads(line)
            if case.get("script") and case.get("reproduced", True):
                yield case


def is_right(cause: Cause | None, parts: dict[str, str], case: dict[str, Any]) -> bool:
    """The judgement of the corpus."""
    if cause is None:
        return False
    prose = _CODE.sub("", filled(cause.text, parts)).lower()
    for words in (case.get("last_line") or "", *(case.get("message") or "").splitlines()[-1:]):
        message = words.partition(": ")[2] or words
        prose = prose.replace(message.strip().lower(), "") if message.strip() else prose
    named = any(word.lower() in prose for word in case.get("run_keywords") or case["keywords"])
    return named and not any(word in cause.name for word in case.get("not_in_name") or ())


def measured(case: dict[str, Any], options: Sequence[str]) -> Measured:
    """Runs a case's script and judges what is said."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(case["script"])
        nowhere = subprocess.DEVNULL
        told = launch(str(script), (), options, streams=Streams(nowhere, nowhere, nowhere)).told
        wanted = case.get("cause", "")
        if told is None:
            return Measured(case["id"], "", wanted, False, 0, case["line"], False, False, False, False, "nothing told")
        recognised = recognise(read_pasted(told.text))
        found = told.finding
        first = recognised.causes[0] if recognised.causes else None
        cause = CAUSES.get(found.cause) if found else first
        place = found.place if found else told.places[-1] if told.places else Place("", 0)
        return Measured(
            case["id"],
            cause.name if cause else "",
            wanted,
            is_right(cause, dict(recognised.parts), case),
            place.line,
            case["line"],
            place.line in {case["line"], *(case.get("also") or ())},
            Path(place.file).name == script.name,
            found.certain if found else recognised.certain,
            found is not None,
            told.trouble,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="?", default=CORPUS)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--only", default="", help="ids or causes that contain this text")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("-v", "--verbose", action="store_true", help="why finders failed")
    given = parser.parse_args()
    cases = [case for case in cases_of(given.cases) if given.only in case["id"] or given.only in case.get("cause", "")]
    with ThreadPoolExecutor(given.jobs) as pool:
        results = []
        for result in pool.map(lambda case: measured(case, ["trace"] if given.trace else []), cases):
            results.append(result)
            print(result, flush=True)
            if result.trouble and given.verbose:
                print(result.trouble)
    total = len(results)
    wrong = [result.id for result in results if result.certain and not result.cause_right and result.cause]
    print(f"cause right {sum(result.cause_right for result in results)}/{total}")
    print(f"line right  {sum(result.line_right for result in results)}/{total}")
    print(f"file right  {sum(result.file_right for result in results)}/{total}")
    print(f"troubles of finders {sum(bool(result.trouble) for result in results)}")
    print(f"wrong causes said as certain {len(wrong)}: {', '.join(wrong)}")


if __name__ == "__main__":
    sys.exit(main())
