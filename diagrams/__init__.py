"""The picture: a chart of cards and links, placed, drawn through Graphviz, written in a journal's format."""
