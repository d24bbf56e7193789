"""The panels in which arguments and options stand, in help, in the man page and in the README."""

from __future__ import annotations

from collections.abc import Sequence

FIRST = "What to differentiate"  # arguments stand here too

# A title, and the long names of the options below it, in their order; each is named once.
GROUPS = {
    FIRST: "--wrt --order --claim --kind --steps --file --only --python --against --at --error --run --reduce --select "
    "--grad-outputs --jvp --vjp --hvp --shape --latex --where --assume --symmetric --allow-unused --materialize-grads",
    "Tables": "--table --keep --input-format --output-format --engine --on-error --resume --cluster",
    "How": "--sparse --mode --layout --vec --entries --trace --nan --try --fail-fast --seed --points",
    "Checks": "--check --check-time --rtol --atol --min-digits --strict --correct",
    "Output": "--format --json --output --digits --value --spy --code --show --derivation --detail --graph --plot "
    "--plot-range --html --junit --certificate --quiet --verbose --log",
    "Machine": "--device --dtype --threads --jobs --max-memory --timeout --idle",
    "About gradcli": "--version --help-json --install-completion --show-completion --help",
}
_PLACES = {name: (group, at) for group, names in GROUPS.items() for at, name in enumerate(names.split())}
_TITLES = list(GROUPS)


def group_of(names: Sequence[str]) -> str:
    """The panel of an argument, or of an option by its names."""
    return _place(names)[0]


def in_order(names: Sequence[str]) -> tuple[int, int]:
    """What sorts arguments and options as they are shown: arguments first, in the order in which they are given."""
    group, at = _place(names)
    return _TITLES.index(group), at


def _place(names: Sequence[str]) -> tuple[str, int]:
    return next((_PLACES[name] for name in names if name in _PLACES), (FIRST, -1))
