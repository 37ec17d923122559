"""The study file: its models, its reader and its diagnostics."""
