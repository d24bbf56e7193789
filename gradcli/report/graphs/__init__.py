"""Graphs of nodes and edges as pictures: in the languages of Graphviz and Mermaid, and as SVG."""
