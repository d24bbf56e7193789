#!/bin/sh
# What a graph keeps, what it takes and until when; and the mistakes that everybody makes once, on one's own function.
cd "$(dirname "$0")" || exit

# Why does memory double with create_graph=True? What does retain_graph=True keep?
gradcli explain 'mean((X@w - y)**2)' X=@X.csv y=1,2,3,4 w=0,0 --wrt w --show memory

# .grad after backward, and after autograd.grad; a graph used twice; losses that are added up
gradcli explain 'sum(exp(w*x))' w=0 x=1,2 --wrt w --show lifetime

# x += 1 on a leaf, and what every other change in place breaks
gradcli explain 'sum(sqrt(x)*x)' x=1,4 --show inplace

# requires_grad forgotten, create_graph left out, grad_outputs of another shape
gradcli explain 'x**3' x=1,2 --show pitfalls

# The same calls in TensorFlow: sums, None, zeros
gradcli explain 'x**2*y' x=1,2 y=3 z=1 --show frameworks

# A page with all of it: formulas, steps, graph, plot, bounds that are certain
gradcli explain 'x**2*sin(x)' x=3 --html page.html && ls page.html
