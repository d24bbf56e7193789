"""How many derivatives of the corpora have a derivation, and how long it takes: ``python tests/steps``.

Each true claim's function is asked in this process as ``gradcli grad --derivation`` asks it; of each line of each
derivation it has been seen that it is equal to the derivative, or there is no derivation. Times are this process's own.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from steps.arrays import ARRAYS, found_of_arrays, wanted_arrays
from steps.corpora import CORPORA, Found, found, wanted

from gradcli.closed.steps.levels import at
from gradcli.closed.steps.line import Derivation, Detail


def main() -> int:
    """The table, and who has none; exit 1 where a last line is not what grad prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/steps")
    parser.add_argument(
        "--corpus", choices=(*CORPORA, *ARRAYS), action="append", help="one of them, or several; by default all"
    )
    parser.add_argument("--only", default="", help="names that contain this")
    parser.add_argument("--show", choices=[*Detail], default=None, help="print each derivation at this level")
    options = parser.parse_args()
    wrong = False
    for corpus in options.corpus or (*CORPORA, *ARRAYS):
        results = list(results_of(corpus, options.only))
        print(row(corpus, results))
        for one in (one for one in results if one.derivation is None):
            print(f"  {one.wanted.name}: d({one.wanted.function})/d{one.wanted.variable}: {one.why}")
        wrong = wrong or any(one.derivation and one.derivation.lines[-1].text != one.printed for one in results)
        for one in results:
            if options.show and one.derivation:
                print(f"\n{one.wanted.name}", text(one.derivation, Detail(options.show)), sep="\n")
    return int(wrong)


def results_of(corpus: str, only: str) -> Iterator[Found]:
    """What comes of each derivative of a corpus whose name contains a text."""
    if corpus in ARRAYS:
        yield from (found_of_arrays(one) for one in wanted_arrays(corpus) if only in one.name)
    else:
        yield from (found(one) for one in wanted(corpus) if only in one.name)


def row(corpus: str, results: Sequence[Found]) -> str:
    """A corpus in a line."""
    formulas = [one for one in results if not one.has_no_formula]
    derived = [one.derivation for one in formulas if one.derivation is not None]
    lines = [line for derivation in derived for line in derivation.lines]
    ways = Counter(line.held.method for line in lines)
    last = sum(one.derivation.lines[-1].text == one.printed for one in formulas if one.derivation)
    times = [one.milliseconds for one in formulas if one.derivation]
    late = quantiles(times, n=20)[-1] if len(times) > 1 else 0.0
    held = ", ".join(f"{way} {count}" for way, count in ways.most_common())
    levels = [median(len(at(one, level)) for one in derived) for level in Detail] if derived else []
    return (
        f"{corpus}: {len(derived)} of {len(formulas)} with a formula ({len(results)} in all); last line as printed: "
        f"{last}; lines {len(lines)}: {held}; lines a derivation (brief, normal, full): {levels}; "
        f"ms with the formula: median {median(times or [0]):.0f}, 95% {late:.0f}"
    )


def text(derivation: Derivation, detail: Detail) -> str:
    first, *rest = at(derivation, detail)
    return "\n".join([f"  {first.text}", *(f"    = {line.text}    ({line.rule})" for line in rest)])


if __name__ == "__main__":
    sys.exit(main())
