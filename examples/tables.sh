#!/bin/sh
# The same formula at every row of a table: Greeks of quotes, slopes that were measured, questions through a pipe.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# Delta and vega of each option, beside its quote; the row without a maturity is marked, and is no failure here
call='d = (log(S/K) + (r + v**2/2)*T)/(v*sqrt(T)); S*ndtr(d) - K*exp(-r*T)*ndtr(d - v*sqrt(T))'
gradcli grad "$call" r=0.03 --table quotes.csv --wrt S,v --keep --on-error mark

# Gamma and vanna are in the Hessian
gradcli hessian "$call" r=0.03 --table quotes.csv --wrt S,v --on-error mark

# Slopes from an experiment: are they those of the cosine, to 1%?
gradcli check 'cos(t)' slope --table slopes.csv --rtol 1e-2

# An answer is a table again: the slopes that were written, held against a formula of one's own
gradcli grad 't*exp(-t)' --table slopes.csv --keep -o "$work/answer.jsonl"
gradcli check 't*exp(-t)' '(1 - t)*exp(-t)' --table "$work/answer.jsonl"

# Newton's method, which asks for each next point: a line of JSON in, a line out
mkfifo "$work/questions" "$work/answers"
gradcli grad 'x**3 - a' a=2 --table - --input-format jsonl --wrt x <"$work/questions" >"$work/answers" &
exec 3>"$work/questions" 4<"$work/answers"
x=1.5
for step in 1 2 3 4; do
    echo "{\"x\": $x}" >&3
    read -r answer <&4
    value=${answer#*: } slope=${answer##*: }
    x=$(awk "BEGIN { printf \"%.12f\", $x - ${value%%,*}/${slope%\}} }")
    echo "$step: $x"
done
exec 3>&- 4<&-
wait
