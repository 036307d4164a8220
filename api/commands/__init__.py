"""Hold the commands beyond starting and testing: one module an area, each listing its click commands under ``COMMANDS``."""


class CommandFailed(Exception):
    """What a command could not do, in one line that says how to mend it."""
