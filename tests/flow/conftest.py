"""Makes the generators and the oracle of this folder importable by its tests.

With `--import-mode=importlib` pytest puts no test folder on the path, so that tests see the installed package only.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
