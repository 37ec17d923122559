"""A study's figure in a manuscript: its picture, its legend and its words for who cannot see it, put in and kept current.

A module for each writing tool finds markers and writes blocks; `embedding` reads, compares and writes.
"""
