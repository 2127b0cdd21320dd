"""wmcore_delete.py COMMAND PREFIX LIST: deletes with WMCore's DeleteMgr, one file after the other, as its jobs do."""

import logging
import sys

# Without this import DeleteMgr knows no command at all.
import WMCore.Storage.Backends  # noqa: F401
from WMCore.Storage.DeleteMgr import DeleteMgr

command, prefix, path = sys.argv[1:4]
logging.disable(logging.CRITICAL)
manager = DeleteMgr(**{"command": command, "option": "", "phedex-node": "T2_XX_Bench", "lfn-prefix": prefix})
with open(path) as lines:
    for line in lines:
        manager({"LFN": line.rstrip("\n")})
