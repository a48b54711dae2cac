"""The kit from which the screens are built: theme, metrics, fonts, translations, widgets, on-screen keyboard. No I/O.

Kivy reads its environment when it is first imported, so that is settled here, before any module of ours imports it:
no command line, no configuration file, no log file of its own; its log goes through Python's logging, and it leaves
sys.stderr alone.
"""

import logging
import os

for _switch in ("KIVY_NO_ARGS", "KIVY_NO_CONFIG", "KIVY_NO_FILELOG", "KIVY_NO_CONSOLELOG"):
    os.environ.setdefault(_switch, "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")
# Kivy sets its logger's level itself when it is imported; a filter stays.
logging.getLogger("kivy").addFilter(lambda record: record.levelno >= logging.WARNING)
# Kivy's other window provider ends the process when there is no display; SDL raises.
os.environ.setdefault("KIVY_WINDOW", "sdl2")
# Where there is no GPU Mesa draws in software, and keeps every scene once a thread: 75 MB for nothing on a still panel.
os.environ.setdefault("LP_NUM_THREADS", "0")
