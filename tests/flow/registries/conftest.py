"""Makes the records of this folder importable by its tests, as in the folder above."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
