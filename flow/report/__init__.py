"""Findings as reports: for people, and for programs."""
