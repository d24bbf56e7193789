#!/bin/sh
# Derivations line by line: which line is the first wrong one, what was done there, and how should it read?
set -eu

# A file of derivations; a blank line ends one
gradcli check --steps examples/homework.txt || true

# Lines of a function that is named, on stdin
printf '%s\n' '-sin(1 - x)*diff(1 - x, x)' '-sin(1 - x)*(-1)' '-sin(1 - x)' |
    gradcli check 'cos(1 - x)' --steps - || true

# The right road, line by line, is that of --derivation
gradcli grad 'cos(1 - x)' --derivation
