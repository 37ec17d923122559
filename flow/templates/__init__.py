"""Study files to start from, one for each design: `consortflow init`."""
