"""Trials as registries and data standards describe them, turned into study files and compared with them."""
