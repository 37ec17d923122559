"""Print the oldest version that a wheel asks for of everything it needs, as constraints for pip.

Called with the wheel and the names of extras: `python .ci/oldest.py dist/consortflow.whl records`.
"""

import sys
from zipfile import ZipFile

from packaging.metadata import Metadata

wheel, *extras = sys.argv[1:]
with ZipFile(wheel) as file:
    name = next(name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Metadata.from_email(file.read(name), validate=False)
for needed in metadata.requires_dist or ():
    if needed.marker is not None and not any(needed.marker.evaluate({"extra": extra}) for extra in extras):
        continue
    for bound in needed.specifier:
        if bound.operator == ">=":
            print(f"{needed.name}=={bound.version}")
