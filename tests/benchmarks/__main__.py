"""``python tests/benchmarks``: prints how fast gradcli is beside its peers, as ratios of one run, and writes them as JSON.

Not part of the tests: a shared machine's speed is nobody's fault.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import against
import cluster
import dense
import hessians
import large
import loop
import oneliner
import scripts
import sparse
import table_files
import tables

FILES = 5  # runs from file to file
CLUSTER = 3  # runs of each number of workers
SPARSE = 3  # runs of each sparse derivative
LARGE = 5  # runs of each large derivative
TABLES = (
    "oneliner",
    "loop",
    "make",
    "dense",
    "hessians",
    "large",
    "tables",
    "files",
    "cluster",
    "sparse",
    "scripts",
    "against",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python tests/benchmarks")
    parser.add_argument("--rounds", type=int, default=40, help="runs of each one-liner (40)")
    parser.add_argument("--turns", type=int, default=100, help="one-liners of each loop (100)")
    parser.add_argument("--loops", type=int, default=9, help="runs of each loop (9)")
    parser.add_argument("--repeats", type=int, default=15, help="runs of each dense derivative (15)")
    parser.add_argument("--points", type=int, default=1_000_000, help="rows of each table (1000000)")
    parser.add_argument(
        "--entries", type=int, default=1_000_000, help="variables' entries of sparse derivatives, at most (1000000)"
    )
    parser.add_argument("--checks", type=int, default=100, help="checks of the Makefile (100); 0 leaves it out")
    parser.add_argument("only", nargs="?", choices=TABLES, help="one of the tables; by default all")
    parser.add_argument(
        "--against", type=Path, default=None, help="another checkout: loops, checks and claims before and after"
    )
    parser.add_argument("--claims", type=int, default=200, help="claims that are compared with it (200)")
    parser.add_argument("--trainings", type=int, default=5, help="runs of each script that trains (5)")
    parser.add_argument(
        "--json", type=Path, default=Path("benchmarks.json"), help="where the figures go (benchmarks.json)"
    )
    options = parser.parse_args()
    figures: dict[str, object] = {name: version(name) for name in ("torch", "sympy", "typer")}
    figures |= {"python": platform.python_version(), "machine": platform.machine()}
    if options.only in {None, "oneliner"}:
        figures["oneliner"] = shown("one-liners, whole processes", oneliner.table(options.rounds))
    if options.only in {None, "loop"}:
        figures["loop"] = shown(
            "one-liners in a row, whole processes", loop.table(options.turns, options.loops, options.against)
        )
    if options.only in {None, "make"} and options.checks:
        figures["make"] = shown("make", oneliner.makefile(options.checks))
    if options.only in {None, "dense"}:
        figures["dense"] = shown("dense Jacobians and Hessians, in one process", dense.table(options.repeats))
    if options.only in {None, "hessians"}:
        figures["hessians"] = shown("Hessians by printed code, in one process", hessians.table(options.repeats))
    if options.only in {None, "large"}:
        figures["large"] = shown("large dense inputs, a process each", large.table(LARGE))
    if options.only in {None, "tables"}:
        figures["tables"] = shown(
            "value and derivatives at many points, in one process", tables.table(options.points, options.repeats)
        )
    if options.only in {None, "files"}:
        figures["files"] = shown(
            "value and derivatives from file to file, in one process", table_files.table(options.points, FILES)
        )
    if options.only in {None, "cluster"}:
        title = "value and derivatives from files to a file, on workers of this machine"
        figures["cluster"] = shown(title, cluster.table(4 * options.points, CLUSTER))
    if options.only in {None, "sparse"}:
        figures["sparse"] = shown("sparse derivatives, a process each", sparse.table(options.entries, SPARSE))
    if options.only in {None, "scripts"}:
        figures["scripts"] = shown("scripts that fail, whole processes", scripts.table(options.trainings))
    if options.only in {None, "against"} and options.against:
        figures["against"] = shown(
            "checks and claims, before and after", against.table(options.against, claims=options.claims)
        )
    options.json.write_text(json.dumps(figures, indent=1) + "\n")


def shown(title: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Prints a table, columns as wide as they must be."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([text(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(names))]
    print(f"\n{title}\n")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return rows


def text(value: object) -> str:
    return (
        ""
        if value is None
        else f"{value:.3g}"
        if isinstance(value, float) and abs(value) < 100
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


if __name__ == "__main__":
    main()
