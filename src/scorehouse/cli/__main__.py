"""``python -m scorehouse.cli``: the command line, where no script is installed."""

import sys

from scorehouse.cli import main

sys.exit(main())
