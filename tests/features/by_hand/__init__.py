"""A small zone written by hand, and the value of every indicator in it, worked out by hand."""
