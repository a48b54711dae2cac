"""python -m graph: the same as mydesk-graph."""

from graph.cli import main

main()
