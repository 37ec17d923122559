"""A study's figure in a manuscript: its picture, its legend and its alternative text, put in and kept current there.

A module for each writing tool finds markers and writes blocks; `embedding` reads, compares and writes.
"""
