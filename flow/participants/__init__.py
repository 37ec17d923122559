"""Participants' records to counts: tables of one row per participant, criteria over their columns, and who is where."""
