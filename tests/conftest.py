"""How hypothesis runs here: no clock decides, and a CI run can be repeated."""

import os

from hypothesis import settings

settings.register_profile("consortflow", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("consortflow")
